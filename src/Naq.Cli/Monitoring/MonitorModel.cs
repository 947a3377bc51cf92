using System.Collections.Immutable;
using Naq.Brokers;

namespace Naq.Cli.Monitoring;

/// <summary>Makes frames of readings: rates from totals, and the last minute of every queue. One caller; reads nothing but the clock.</summary>
internal sealed class MonitorModel(TimeProvider time)
{
    /// <summary>Samples kept of each queue.</summary>
    public const int Samples = 60;

    private long _readAt;

    public MonitorFrame Frame { get; private set; } = new();

    /// <summary>The broker was read.</summary>
    public void See(MonitorReading reading)
    {
        var seconds = Frame.ReadAt is null ? 0 : time.GetElapsedTime(_readAt).TotalSeconds;
        var before = Frame.Queues.ToDictionary(static q => q.Counts.Queue, StringComparer.Ordinal);
        var now = time.GetUtcNow();
        _readAt = time.GetTimestamp();
        Frame = new()
        {
            At = now,
            ReadAt = now,
            Queues = [.. reading.Queues.Select(counts => QueueOf(counts, before.GetValueOrDefault(counts.Queue), seconds))],
            Workers = reading.Workers,
            Pools = reading.Pools,
        };
    }

    /// <summary>The broker could not be read: what was seen last stays, and every queue's minute gets a gap.</summary>
    public void Miss(string reason)
    {
        var now = time.GetUtcNow();
        Frame = Frame with
        {
            At = now,
            Queues = [.. Frame.Queues.Select(static q => q with { Ages = Append(q.Ages, double.NaN) })],
            Fault = new(Frame.Fault?.Since ?? now, reason),
        };
    }

    private static QueueFrame QueueOf(QueueCounts counts, QueueFrame? before, double seconds) => new(
        counts,
        Rate(before?.Counts.EnqueuedTotal, counts.EnqueuedTotal, seconds),
        Rate(before?.Counts.CompletedTotal, counts.CompletedTotal, seconds),
        Append(before?.Ages ?? [], counts.OldestAge?.TotalSeconds ?? 0));

    // A total that fell is one of a queue that was deleted and made again.
    private static double? Rate(long? before, long now, double seconds) => before is { } then && now >= then && seconds > 0 ? (now - then) / seconds : null;

    private static ImmutableArray<double> Append(ImmutableArray<double> samples, double sample) =>
        samples.Length < Samples ? samples.Add(sample) : samples.RemoveAt(0).Add(sample);
}
