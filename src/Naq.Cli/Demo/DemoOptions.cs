using Naq.Scaling.Pools;
using Naq.Scaling.Traffic;

namespace Naq.Cli.Demo;

/// <summary>What the demo plays, and how.</summary>
internal sealed record DemoOptions
{
    /// <summary>Of a hundred jobs so many may start late.</summary>
    public const double MissShare = 0.01;

    public required ArrivalTrace Trace { get; init; }

    public double Speed { get; init; } = 200;

    public TimeSpan? Duration { get; init; }

    public TimeSpan Slo { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Who decides, as <see cref="StandardPolicies"/> names them.</summary>
    public string Policy { get; init; } = StandardPolicies.Auto;

    public int Min { get; init; } = 1;

    public int Max { get; init; } = 8;

    public int Concurrency { get; init; } = 4;

    public int JobMs { get; init; } = 40;

    public int Seed { get; init; } = 1998;

    /// <summary>When each job is enqueued, in seconds from the start, ascending.</summary>
    public double[] Arrivals()
    {
        var last = Duration?.TotalSeconds ?? double.PositiveInfinity;
        return [.. Trace.Arrivals(new Random(Seed)).Select(at => at / Speed).TakeWhile(at => at < last)];
    }
}
