using Naq.Brokers;
using Naq.Cluster;
using Naq.Scaling.Decisions;

namespace Naq.Cli.Output;

/// <summary>One refresh of <c>naq monitor</c>.</summary>
internal sealed record MonitorDocument(DateTimeOffset At)
{
    /// <summary>Why the broker cannot be read; null: it can.</summary>
    public required string? Error { get; init; }

    public required DateTimeOffset? UnreadableSince { get; init; }

    /// <summary>Null, as workers and pools: unknown, since the broker cannot be read.</summary>
    public required IReadOnlyList<MonitoredQueue>? Queues { get; init; }

    public required IReadOnlyList<MonitoredWorker>? Workers { get; init; }

    public required IReadOnlyList<MonitoredPool>? Pools { get; init; }

    public static View<MonitorDocument> View { get; } = new(DocumentJson.Default.MonitorDocument);
}

/// <summary>A queue in a refresh.</summary>
internal sealed record MonitoredQueue(string Name, long Ready, long Scheduled, long InFlight, long Dead, bool Paused)
{
    /// <summary>The age of the oldest job that waits; null: none does.</summary>
    public required double? OldestSeconds { get; init; }

    /// <summary>Since the refresh before; null: there is none.</summary>
    public required double? EnqueuedPerSecond { get; init; }

    public required double? CompletedPerSecond { get; init; }

    public static MonitoredQueue Of(QueueCounts counts, double? enqueuedPerSecond, double? completedPerSecond) => new(
        counts.Queue, counts.Ready, counts.Scheduled, counts.InFlight, counts.Dead, counts.IsPaused)
    {
        OldestSeconds = counts.OldestAge?.TotalSeconds,
        EnqueuedPerSecond = Rounded(enqueuedPerSecond),
        CompletedPerSecond = Rounded(completedPerSecond),
    };

    private static double? Rounded(double? rate) => rate is { } value ? Math.Round(value, 3) : null;
}

/// <summary>A worker in a refresh.</summary>
internal sealed record MonitoredWorker(string Name, string? Pool, string State, int Slots, int Running)
{
    /// <summary>Null: it has not said.</summary>
    public required long? MemoryBytes { get; init; }

    public static MonitoredWorker Of(WorkerRecord worker) => new(
        worker.Name, worker.Pool, Parsing.Choice.NameOf(worker.State), worker.Concurrency, worker.Busy)
    {
        MemoryBytes = worker.MemoryBytes > 0 ? worker.MemoryBytes : null,
    };
}

/// <summary>A pool in a refresh, with its last decision.</summary>
internal sealed record MonitoredPool(string Pool, int? Desired, int Workers)
{
    public required DateTimeOffset? DecidedAt { get; init; }

    public required int? From { get; init; }

    public required int? To { get; init; }

    public required IReadOnlyList<string>? Reasons { get; init; }

    public required string? Decision { get; init; }

    public static MonitoredPool Of(string pool, int? desired, int workers, Decision? last) => new(pool, desired, workers)
    {
        DecidedAt = last?.DecidedAt,
        From = last?.From,
        To = last?.To,
        Reasons = last?.Reasons,
        Decision = last is null ? null : DecisionText.Explain(last),
    };
}
