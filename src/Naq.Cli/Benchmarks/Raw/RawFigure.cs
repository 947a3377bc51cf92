namespace Naq.Cli.Benchmarks.Raw;

/// <summary>The raw engine's figures: each stands beside the figure of Naq that does the same work.</summary>
internal static class RawFigure
{
    public const string Enqueue = "raw_enqueue";
    public const string Drain = "raw_drain";
    public const string DrainQueues = "raw_drain_queues";

    /// <summary>Where nothing is synced, the unit of all rates.</summary>
    public const string Cycle = "raw_cycle";
    public const string CycleResults = "raw_cycle_results";
    public const string LatencyP50 = "raw_latency_p50";
    public const string LatencyP99 = "raw_latency_p99";
}
