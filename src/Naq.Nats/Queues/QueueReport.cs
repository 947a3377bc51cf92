using System.Collections.Concurrent;
using Naq.Brokers;
using Naq.Nats.Server;
using Naq.Nats.Wire;

namespace Naq.Nats.Queues;

/// <summary>What is known of queues: from the states of their consumers, and from the counters of what left.</summary>
internal sealed class QueueReport
{
    private readonly ConcurrentDictionary<string, QueueCounts> _reported = new(StringComparer.Ordinal);
    private readonly Link _link;
    private readonly QueueList _queues;
    private readonly Counters _counters;

    public QueueReport(Link link, QueueList queues, Counters counters)
    {
        (_link, _queues, _counters) = (link, queues, counters);
        queues.Deleted += queue => _reported.TryRemove(queue, out _);
    }

    public async ValueTask<IReadOnlyList<QueueCounts>> ReadAsync(IReadOnlyList<string>? patterns, CancellationToken ct)
    {
        await _counters.FlushAsync(ct).ConfigureAwait(false);
        var infos = _queues.InfosAsync(patterns, ct).AsTask();
        var departures = await _counters.ReadAsync(patterns, ct).ConfigureAwait(false);
        var byQueue = (await infos.ConfigureAwait(false)).GroupBy(static info => info.Queue).ToDictionary(static group => group.Key);
        var names = _queues.All.Keys.Where(queue => patterns is null || patterns.Any(pattern => Names.Matches(pattern, queue))).Union(byQueue.Keys);
        var read = names.Order(StringComparer.Ordinal)
            .Select(async queue =>
            {
                var lanes = byQueue.GetValueOrDefault(queue)?.Select(static info => (info.Lane, info.Info)) ?? [];
                return await ReadAsync(queue, [.. lanes], departures.GetValueOrDefault(queue) ?? [], ct).ConfigureAwait(false);
            });
        return await Task.WhenAll(read).ConfigureAwait(false);
    }

    private async Task<QueueCounts> ReadAsync(
        string queue, IReadOnlyList<(char Lane, NATS.Client.JetStream.Models.ConsumerInfo Info)> lanes, Dictionary<char, long> left, CancellationToken ct)
    {
        var record = _queues.All.GetValueOrDefault(queue) ?? new();
        var counts = new QueueCounts(queue) { IsPaused = record.IsPaused, MaxLength = record.MaxLength };
        var oldest = new List<Task<DateTimeOffset?>>();
        foreach (var (lane, info) in lanes)
        {
            var pending = (long)info.NumPending;
            counts = lane switch
            {
                's' => counts with { Scheduled = pending },
                'd' => counts with { Dead = pending },
                _ => counts with { Ready = counts.Ready + pending, InFlight = counts.InFlight + info.NumAckPending },
            };
            if (pending > 0 && QueueList.ClaimLanes.Contains(lane, StringComparison.Ordinal))
            {
                oldest.Add(OldestAsync(queue, lane, info.Delivered.StreamSeq + 1, ct));
            }
        }

        long Of(char kind) => left.GetValueOrDefault(kind);
        var completed = Of(Departure.Succeeded) + Of(Departure.Failed) + Of(Departure.Snoozed) + Of(Departure.Dead) + Of(Departure.Cancelled);
        var ended = Of(Departure.Succeeded) + Of(Departure.Dead) + Of(Departure.Cancelled) + Of(Departure.ReadyRemoved) + Of(Departure.ScheduledRemoved);
        var ages = await Task.WhenAll(oldest).ConfigureAwait(false);
        counts = counts with
        {
            OldestAge = ages.Min() is { } since ? Positive(_link.Clock.UtcNow - since) : null,
            CompletedTotal = completed,
            FailedTotal = Of(Departure.Failed) + Of(Departure.Dead),
            ReadyTotal = counts.Ready + counts.InFlight + completed + Of(Departure.ReadyRemoved),
            EnqueuedTotal = counts.Ready + counts.InFlight + counts.Scheduled + ended - Of(Departure.Requeued),
        };

        // Counters and consumers are read one after the other: between the two a job may be seen in both, or in none. Totals never fall.
        return _reported.AddOrUpdate(queue, counts, (_, before) => counts with
        {
            CompletedTotal = Math.Max(before.CompletedTotal, counts.CompletedTotal),
            FailedTotal = Math.Max(before.FailedTotal, counts.FailedTotal),
            ReadyTotal = Math.Max(before.ReadyTotal, counts.ReadyTotal),
            EnqueuedTotal = Math.Max(before.EnqueuedTotal, counts.EnqueuedTotal),
        });
    }

    /// <summary>Since when the first job of a lane waits that was not delivered yet.</summary>
    private async Task<DateTimeOffset?> OldestAsync(string queue, char lane, ulong from, CancellationToken ct)
    {
        var first = await _link.NextAsync(_link.JobsStream, _link.Subjects.LaneOf(queue, lane), from, ct).ConfigureAwait(false);
        return first is null ? null : Envelope.Time(first.Headers, Header.ReadyAt) ?? first.StoredAt;
    }

    private static TimeSpan Positive(TimeSpan age) => age < TimeSpan.Zero ? TimeSpan.Zero : age;
}
