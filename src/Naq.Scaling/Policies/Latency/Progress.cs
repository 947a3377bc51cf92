namespace Naq.Scaling.Policies.Latency;

/// <summary>Whether jobs end at all, and since when there is no work: what bounds growth, and lets the last worker go.</summary>
/// <param name="Completions">Seen at the last look.</param>
/// <param name="SlotSeconds">In use since the last completion.</param>
/// <param name="Workers">That were alive at the last completion.</param>
/// <param name="At">The time of the last look; null: none yet.</param>
/// <param name="WorkAt">The last time at which there was a job.</param>
internal sealed record Progress(long Completions, double SlotSeconds, int Workers, double? At, double WorkAt)
{
    /// <summary>
    /// Slots in use for so many mean service times would have ended a job with a probability of one in e²⁰ against: they are stuck. A single
    /// poison job on a single worker looks alike, so a stalled pool may still double once.
    /// </summary>
    private const double StalledServices = 20;

    /// <summary>The last worker stays for so long without work: a cold start for each of a night's few jobs costs more.</summary>
    private const double LastWorkerSeconds = 600;

    public static Progress None { get; } = new(0, 0, 0, null, 0);

    public Progress Look(double at, long completions, double inFlight, double backlog, int workers)
    {
        var workAt = At is null || inFlight + backlog > 0 ? at : WorkAt;
        return At is not { } before || completions != Completions
            ? new(completions, 0, workers, at, workAt)
            : this with { SlotSeconds = SlotSeconds + (inFlight * Math.Max(0, at - before)), At = at, WorkAt = workAt };
    }

    public bool IsStalled(double serviceSeconds) => SlotSeconds > StalledServices * serviceSeconds;

    /// <summary>The most workers that are of use: without a bound while jobs end.</summary>
    public int Most(double serviceSeconds, int max) =>
        IsStalled(serviceSeconds) ? Math.Min(max, (2 * Workers) + 1) : max;

    /// <summary>The least workers while there is, or was lately, work.</summary>
    public int Least(double at) => at - WorkAt < LastWorkerSeconds ? 1 : 0;
}
