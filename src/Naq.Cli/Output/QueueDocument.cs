using Naq.Brokers;

namespace Naq.Cli.Output;

/// <summary>A queue, as <c>naq queue list</c> prints it.</summary>
internal sealed record QueueDocument(string Name, long Ready, long Scheduled, long InFlight, long Dead, double LatencySeconds, bool Paused)
{
    public static View<QueueDocument> View { get; } = new(
        DocumentJson.Default.QueueDocument,
        Cell.Text<QueueDocument>("queue", static q => q.Name),
        Cell.Number<QueueDocument>("ready", static q => q.Ready),
        Cell.Number<QueueDocument>("scheduled", static q => q.Scheduled),
        Cell.Number<QueueDocument>("in flight", static q => q.InFlight),
        Cell.Number<QueueDocument>("dead", static q => q.Dead),
        Cell.Seconds<QueueDocument>("latency", static q => q.LatencySeconds),
        Cell.Text<QueueDocument>("paused", static q => q.Paused ? "paused" : null));

    public static QueueDocument Of(QueueCounts counts) => new(
        counts.Queue, counts.Ready, counts.Scheduled, counts.InFlight, counts.Dead, counts.OldestAge?.TotalSeconds ?? 0, counts.IsPaused);
}

/// <summary>A queue, as <c>naq queue show</c> prints it.</summary>
internal sealed record QueueDetail(string Name, long Ready, long Scheduled, long Due, long InFlight, long Dead, double LatencySeconds, bool Paused)
{
    public required long? MaxLength { get; init; }

    public required long EnqueuedTotal { get; init; }

    public required long CompletedTotal { get; init; }

    public required long FailedTotal { get; init; }

    public static View<QueueDetail> View { get; } = new(
        DocumentJson.Default.QueueDetail,
        Cell.Text<QueueDetail>("queue", static q => q.Name),
        Cell.Number<QueueDetail>("ready", static q => q.Ready),
        Cell.Number<QueueDetail>("scheduled", static q => q.Scheduled),
        Cell.Number<QueueDetail>("of these due", static q => q.Due),
        Cell.Number<QueueDetail>("in flight", static q => q.InFlight),
        Cell.Number<QueueDetail>("dead", static q => q.Dead),
        Cell.Seconds<QueueDetail>("latency", static q => q.LatencySeconds),
        Cell.Text<QueueDetail>("paused", static q => q.Paused ? "yes" : "no"),
        Cell.Number<QueueDetail>("max length", static q => q.MaxLength),
        Cell.Number<QueueDetail>("enqueued ever", static q => q.EnqueuedTotal),
        Cell.Number<QueueDetail>("completed ever", static q => q.CompletedTotal),
        Cell.Number<QueueDetail>("failed attempts", static q => q.FailedTotal));

    public static QueueDetail Of(QueueCounts counts) => new(
        counts.Queue, counts.Ready, counts.Scheduled, counts.Due, counts.InFlight, counts.Dead, counts.OldestAge?.TotalSeconds ?? 0, counts.IsPaused)
    {
        MaxLength = counts.MaxLength,
        EnqueuedTotal = counts.EnqueuedTotal,
        CompletedTotal = counts.CompletedTotal,
        FailedTotal = counts.FailedTotal,
    };
}

/// <summary>How many jobs a command has changed.</summary>
internal sealed record CountAnswer(string? Queue, long Count)
{
    public static View<CountAnswer> View { get; } = new(
        DocumentJson.Default.CountAnswer,
        Cell.Text<CountAnswer>("queue", static a => a.Queue ?? "all"),
        Cell.Number<CountAnswer>("jobs", static a => a.Count));
}
