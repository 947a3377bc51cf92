using System.Collections.Immutable;
using Naq.Brokers;
using Naq.Cluster;
using Naq.Scaling.Decisions;

namespace Naq.Cli.Monitoring;

/// <summary>What a broker said at one time.</summary>
internal sealed record MonitorReading
{
    public IReadOnlyList<QueueCounts> Queues { get; init; } = [];

    public IReadOnlyList<WorkerRecord> Workers { get; init; } = [];

    public IReadOnlyList<PoolReading> Pools { get; init; } = [];
}

/// <summary>A pool that an autoscaler decides for.</summary>
/// <param name="Pool">Its name.</param>
/// <param name="Desired">Workers in force; null: unknown.</param>
/// <param name="Decisions">The last ones, newest first.</param>
internal sealed record PoolReading(string Pool, int? Desired, ImmutableArray<Decision> Decisions);
