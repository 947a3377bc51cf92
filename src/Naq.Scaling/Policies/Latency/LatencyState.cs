using System.Collections.Immutable;

namespace Naq.Scaling.Policies.Latency;

/// <summary>What the <c>latency</c> policy remembers.</summary>
internal sealed record LatencyState : PolicyState
{
    /// <summary>The counter of arrivals over the last six goals.</summary>
    public ImmutableArray<ArrivalSample> Arrivals { get; init; } = [];

    public ForetoldJobs Foretold { get; init; } = ForetoldJobs.None;

    /// <summary>Jobs per second at the last look, those of foretold spikes not counted.</summary>
    public double UsualRate { get; init; }

    public ServiceTime Service { get; init; } = ServiceTime.None;

    public ErrorBudget Budget { get; init; } = ErrorBudget.Start;

    /// <summary>The workers that still start.</summary>
    public OrderBook Orders { get; init; } = OrderBook.Empty;

    public Progress Progress { get; init; } = Progress.None;

    /// <summary>Workers that were ready at the last look.</summary>
    public int Ready { get; init; }
}
