namespace Naq.Testing;

/// <summary>One decision of a simulation.</summary>
/// <param name="At">Since the beginning.</param>
/// <param name="Workers">The number that is in force from then on.</param>
/// <param name="Reason">The codes of who proposed and who held back, the deciding one first.</param>
public sealed record ScalingStep(TimeSpan At, int Workers, string Reason);

/// <summary>What a simulated pool came to.</summary>
public sealed record ScalingTrace
{
    /// <value>Jobs that arrived.</value>
    public required int Jobs { get; init; }

    /// <value>The share of jobs that started later than the goal, 0 to 1.</value>
    public required double LateShare { get; init; }

    /// <value>Half of the jobs waited no longer.</value>
    public required TimeSpan P50Wait { get; init; }

    /// <value>95 of 100 jobs waited no longer.</value>
    public required TimeSpan P95Wait { get; init; }

    /// <value>99 of 100 jobs waited no longer.</value>
    public required TimeSpan P99Wait { get; init; }

    /// <value>The most workers that there were at once.</value>
    public required int MaxWorkers { get; init; }

    /// <value>From start to end over all workers, drain included: what is paid.</value>
    public required TimeSpan WorkerTime { get; init; }

    /// <value>How often the direction changed, from more workers to fewer or back.</value>
    public required int Reversals { get; init; }

    /// <value>The decisions that changed the number of workers.</value>
    public required IReadOnlyList<ScalingStep> Steps { get; init; }
}
