using System.Collections.Immutable;
using Naq.Brokers;
using Naq.Cluster;

namespace Naq.Cli.Monitoring;

/// <summary>What is shown at one time.</summary>
internal sealed record MonitorFrame
{
    /// <summary>When this frame was made, by the wall clock.</summary>
    public DateTimeOffset At { get; init; }

    /// <summary>When all of it but the fault was read; null: nothing was read yet.</summary>
    public DateTimeOffset? ReadAt { get; init; }

    public ImmutableArray<QueueFrame> Queues { get; init; } = [];

    public IReadOnlyList<WorkerRecord> Workers { get; init; } = [];

    public IReadOnlyList<PoolReading> Pools { get; init; } = [];

    /// <summary>Why the broker cannot be read now; null: it can.</summary>
    public MonitorFault? Fault { get; init; }

    /// <summary>How many workers of a pool are alive.</summary>
    public int WorkersOf(string pool) => Workers.Count(worker => worker.Pool == pool);
}

/// <summary>Why a broker cannot be read.</summary>
/// <param name="Since">The first try that failed, by the wall clock.</param>
/// <param name="Reason">What the last one said.</param>
internal sealed record MonitorFault(DateTimeOffset Since, string Reason);

/// <summary>A queue, with what only several readings can say.</summary>
/// <param name="Counts">The last reading.</param>
/// <param name="EnqueuedPerSecond">Since the reading before; null: there is none.</param>
/// <param name="CompletedPerSecond">The same of claims that were settled.</param>
/// <param name="Ages">Of the oldest waiting job in seconds, a sample a reading, oldest first; NaN: the broker could not be read.</param>
internal sealed record QueueFrame(QueueCounts Counts, double? EnqueuedPerSecond, double? CompletedPerSecond, ImmutableArray<double> Ages)
{
    /// <summary>The age of the oldest waiting job in seconds; null: none waits.</summary>
    public double? OldestSeconds => Counts.OldestAge?.TotalSeconds;

    /// <summary>The highest of <see cref="Ages"/>.</summary>
    public double PeakSeconds => Ages.Where(double.IsFinite).DefaultIfEmpty().Max();
}
