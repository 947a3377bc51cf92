using Microsoft.Extensions.Logging;
using Naq.Brokers;
using Naq.Nats.Server;
using Naq.Nats.Wire;

namespace Naq.Nats.Claims;

/// <summary>Finds what nobody hints at: jobs that come back when a lease ends, jobs that came too early, and, as a watchdog, whatever was missed.</summary>
internal sealed partial class Lookout
{
    /// <summary>So many lanes whose jobs may come back are just asked.</summary>
    private const int Few = 4;

    private readonly NatsJobStore _store;
    private readonly Link _link;
    private readonly LaneOrder _order;
    private readonly FeedOptions _options;
    private readonly ILogger _log;
    private readonly TimeSpan _look;
    private readonly TimeSpan _watch;
    private volatile bool _hasMissedHints = true;
    private long _lookedAt;
    private long? _learnedAt;
    private long _watchedAt;
    private int _looks;

    public Lookout(NatsJobStore store, LaneOrder order, FeedOptions options, ILogger log)
    {
        (_store, _link, _order, _options, _log) = (store, store.Link, order, options, log);
        _look = TimeSpan.FromTicks(Math.Min(TimeSpan.FromSeconds(1).Ticks, _link.Lease.Ticks / 4));
        _watch = _link.Options.WatchEvery;
        (_lookedAt, _watchedAt) = (_link.Time.GetTimestamp(), _link.Time.GetTimestamp());
    }

    /// <summary>How often jobs were found in a lane that was thought empty.</summary>
    public long Stalls { get; private set; }

    /// <summary>The connection was lost for a while, or a question was: everything is looked at, and nothing of it is a stall.</summary>
    public void MissedHints() => _hasMissedHints = true;

    /// <summary>Once in a while: lanes whose jobs may come back without a hint, and, rarely, all of them.</summary>
    public async ValueTask LookAsync(CancellationToken ct)
    {
        var now = _link.Time.GetTimestamp();
        foreach (var lane in _order.Lanes.Where(lane => lane.DueAt <= now))
        {
            (lane.DueAt, lane.MayHave) = (long.MaxValue, true);
        }

        if (_order.Unknown > Few && (_learnedAt is not { } learned || _link.Time.GetElapsedTime(learned) >= _look))
        {
            _learnedAt = now;
            await LearnAsync(ct).ConfigureAwait(false);
        }

        var hasMissedHints = _hasMissedHints;
        if (!hasMissedHints && _link.Time.GetElapsedTime(_lookedAt) < _look)
        {
            return;
        }

        _lookedAt = now;
        List<Lane> returning = [.. _order.Lanes.Where(static lane => lane.MayReturn)];
        try
        {
            if (hasMissedHints || _link.Time.GetElapsedTime(_watchedAt) >= _watch)
            {
                (_watchedAt, _hasMissedHints) = (now, false);
                await WatchAsync(hasMissedHints, ct).ConfigureAwait(false);
            }

            // A question a lane, one after the other, takes longer than one look at all of them.
            if (returning.Count > Few || (returning.Count > 0 && ++_looks % 5 == 0))
            {
                await ForgetIdleAsync(returning, ct).ConfigureAwait(false);
            }

            returning.FindAll(static lane => lane.MayReturn).ForEach(static lane => lane.MayHave = true);
        }
        catch (Exception error) when (Failures.IsOperational(error, ct))
        {
            // Both only save questions: without them everything is asked.
            returning.ForEach(static lane => (lane.MayHave, lane.MayReturn) = (true, true));
            _hasMissedHints = hasMissedHints;
        }
    }

    /// <summary>How much waits in every lane, where many may have jobs: then none is asked for less, or for longer, than it takes.</summary>
    private async ValueTask LearnAsync(CancellationToken ct)
    {
        try
        {
            var lanes = _order.Lanes.ToDictionary(static lane => (lane.Queue, lane.Letter));
            foreach (var (queue, letter, info) in await _store.Queues.InfosAsync([.. _options.Queues.Select(static source => source.NameOrPattern)], ct).ConfigureAwait(false))
            {
                if (lanes.TryGetValue((queue, letter), out var lane))
                {
                    lane.Counted = info.NumPending;
                }
            }
        }
        catch (Exception error) when (Failures.IsOperational(error, ct))
        {
            // It only saves questions.
        }
    }

    /// <summary>A lane of which nothing runs has nothing that could come back; but a question may have ended before the server found what waits.</summary>
    private async ValueTask ForgetIdleAsync(List<Lane> lanes, CancellationToken ct)
    {
        // What becomes busy meanwhile is hinted at, or claimed here: both set the mark again.
        lanes.ForEach(static lane => lane.MayReturn = false);
        var byPlace = lanes.ToDictionary(static lane => (lane.Queue, lane.Letter));
        IEnumerable<string> queues = lanes.Count > Few ? _options.Queues.Select(static source => source.NameOrPattern) : lanes.Select(static lane => lane.Queue).Distinct(StringComparer.Ordinal);
        foreach (var (queue, letter, info) in await _store.Queues.InfosAsync([.. queues], ct).ConfigureAwait(false))
        {
            if (byPlace.TryGetValue((queue, letter), out var lane) && (info.NumAckPending > 0 || (info.NumPending > 0 && !lane.MayHave)))
            {
                (lane.MayReturn, lane.Counted) = (true, info.NumPending);
            }
        }
    }

    /// <summary>The watchdog: jobs in a lane that is thought empty are a hint that was lost, or a consumer that does not deliver.</summary>
    private async ValueTask WatchAsync(bool hasMissedHints, CancellationToken ct)
    {
        foreach (var (queue, letter, info) in await _store.Queues.InfosAsync([.. _options.Queues.Select(static source => source.NameOrPattern)], ct).ConfigureAwait(false))
        {
            if (_order.Find(queue, letter) is not { } lane)
            {
                continue;
            }

            lane.Waiting = info.NumPending;
            if (info.NumPending == 0 || lane.MayHave || letter == Address.Alone)
            {
                continue;
            }

            lane.MayHave = true;
            if (hasMissedHints)
            {
                continue;
            }

            Stalls++;
            if (++lane.Stalls == 1)
            {
                LogStalled(queue, letter, info.NumPending);
            }
            else
            {
                // Asked twice in vain: have the consumer made again, should it be gone or of another shape.
                _store.Queues.Forget(queue);
                await _store.Queues.EnsureAsync(queue, letter, ct).ConfigureAwait(false);
            }
        }
    }

    /// <summary>How long the loop may sleep.</summary>
    /// <param name="credits">How many jobs may be asked for.</param>
    /// <param name="hasTurn">Whether the feed has the turn of a lone job, and must keep it.</param>
    public TimeSpan Next(int credits, bool hasTurn)
    {
        if (credits == 0 && !hasTurn)
        {
            // The next grant wakes the loop.
            return _watch;
        }

        var now = _link.Time.GetTimestamp();
        var next = hasTurn || _order.Lanes.Any(static lane => lane.MayReturn) ? _look : _watch;
        foreach (var lane in _order.Lanes.Where(static lane => lane.DueAt != long.MaxValue))
        {
            var wait = TimeSpan.FromSeconds(Math.Max(0, (lane.DueAt - now) / (double)_link.Time.TimestampFrequency));
            next = wait < next ? wait : next;
        }

        return next;
    }

    [LoggerMessage(2124, LogLevel.Warning, "Queue {Queue}, lane {Lane}: {Pending} jobs wait, and nobody hinted at them; they are asked for now")]
    private partial void LogStalled(string queue, char lane, ulong pending);
}
