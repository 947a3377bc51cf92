using Microsoft.Extensions.Logging;
using NATS.Client.Core;
using NATS.Client.JetStream;
using Naq.Brokers;
using Naq.Nats.Server;
using Naq.Nats.Wire;

namespace Naq.Nats.Claims;

/// <summary>A feed's loop: asks one lane after the other for no more jobs than the credits that are left.</summary>
/// <remarks>
/// A question is a pull that the server ends after a few milliseconds: so a pull never holds credits that another queue needs, and there
/// is no pull that could strand a job. A lane that was empty is not asked again until the server hints at a new job in it; an idle feed
/// does nothing. Jobs that come back because a lease ended are not hinted at: a lane whose jobs may run somewhere is looked at once a second.
/// </remarks>
internal sealed partial class Asker : IAsyncDisposable
{
    private const int LargestPull = 500;

    /// <summary>How long a consumer in trouble is left in peace.</summary>
    private static readonly TimeSpan Respite = TimeSpan.FromMilliseconds(250);

    private readonly NatsJobStore _store;
    private readonly Link _link;
    private readonly NatsJobFeed _feed;
    private readonly Inbox _inbox;
    private readonly FeedOptions _options;
    private readonly ILogger _log;
    private readonly LaneOrder _order;
    private readonly LoneTurn _lone;
    private readonly Signal _work = new();
    private readonly SemaphoreSlim _asking = new(1, 1);
    private readonly CancellationTokenSource _end = new();
    private readonly TimeSpan _look;
    private readonly TimeSpan _watch;
    private Task _running = Task.CompletedTask;
    private bool _isFailing;
    private volatile bool _hasMissedHints;
    private long _lookedAt;
    private long _watchedAt;
    private int _looks;

    public Asker(NatsJobStore store, NatsJobFeed feed, Inbox inbox, FeedOptions options, ILogger log)
    {
        (_store, _link, _feed, _inbox, _options, _log) = (store, store.Link, feed, inbox, options, log);
        _order = new(options.Queues);
        _lone = new(store.Cluster, options.Worker, _link);
        _look = TimeSpan.FromTicks(Math.Min(TimeSpan.FromSeconds(1).Ticks, _link.Lease.Ticks / 4));
        _watch = _link.Options.WatchEvery;
        (_lookedAt, _watchedAt) = (_link.Time.GetTimestamp(), _link.Time.GetTimestamp());
    }

    /// <summary>How often the watchdog found jobs in a lane that was thought empty.</summary>
    public long Stalls { get; private set; }

    public void Start()
    {
        _running = RunAsync();
        _store.Queues.Changed += Kick;
        _link.Reconnected += LookEverywhere;
    }

    public void Kick() => _work.Set();

    /// <summary>Waits for the end of the question that is being asked.</summary>
    public async ValueTask SettleDownAsync(CancellationToken ct)
    {
        await _asking.WaitAsync(ct).ConfigureAwait(false);
        _ = _asking.Release();
    }

    public void Delivered(NatsClaim claim)
    {
        if (claim.IsAlone)
        {
            _lone.Began();
        }

        _order.Delivered(claim.Envelope.Address.Queue);
    }

    public void Ended(NatsClaim claim)
    {
        if (claim.IsAlone)
        {
            _lone.Ended();
        }

        if (_lone.IsWaiting || claim.IsAlone)
        {
            Kick();
        }
    }

    /// <summary>A job came too early: its lane is asked again when it is due.</summary>
    public void PutOff(Address job, TimeSpan delay)
    {
        if (_order.Find(job.Queue, job.Lane) is { } lane)
        {
            // The server's own timer needs a moment more.
            Later(lane, delay + TimeSpan.FromMilliseconds(3));
        }
    }

    public async ValueTask DisposeAsync()
    {
        _store.Queues.Changed -= Kick;
        _link.Reconnected -= LookEverywhere;
        await _end.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private void Later(Lane lane, TimeSpan delay) =>
        lane.DueAt = Math.Min(lane.DueAt, _link.Time.GetTimestamp() + (long)(delay.TotalSeconds * _link.Time.TimestampFrequency));

    private void LookEverywhere()
    {
        _hasMissedHints = true;
        Kick();
    }

    private async Task RunAsync()
    {
        while (!_end.IsCancellationRequested)
        {
            try
            {
                await AskAllAsync(_end.Token).ConfigureAwait(false);
                _isFailing = false;
                await _work.WaitAsync(NextLook(), _end.Token).ConfigureAwait(false);
            }
            catch (Exception error) when (Failures.IsOperational(error, _end.Token) || error is BrokerUnavailableException)
            {
                if (!_isFailing)
                {
                    _isFailing = true;
                    LogCannotClaim(error, _options.Worker);
                }

                await Task.Delay(Respite, _link.Time, _end.Token).ConfigureAwait(false);
                LookEverywhere();
            }
        }
    }

    private async ValueTask AskAllAsync(CancellationToken ct)
    {
        while (true)
        {
            _order.Refresh(_store.Queues);
            var credits = _feed.Credits;
            if (credits == 0 && !_lone.IsHeld)
            {
                return;
            }

            await LookAsync(ct).ConfigureAwait(false);
            if (_order.NextAlone() is { IsListening: false } lone)
            {
                // Before its turn is tried: where another feed has it, nothing is asked, and the next job must be hinted at all the same.
                await ListenAsync(lone, ct).ConfigureAwait(false);
            }

            if (!await _lone.MayOthersRunAsync(() => _feed.Credits, _order.NextAlone, () => _feed.Unsettled, lane => AskAsync(lane, 1, ct), ct).ConfigureAwait(false)
                || credits == 0
                || _order.Next(Math.Min(credits, LargestPull)) is not var (lane, most))
            {
                return;
            }

            _ = await AskAsync(lane, most, ct).ConfigureAwait(false);
        }
    }

    /// <summary>Asks a lane, and waits for the end of the answer. The number of jobs that were delivered to the worker.</summary>
    private async ValueTask<int> AskAsync(Lane lane, int most, CancellationToken ct)
    {
        await _asking.WaitAsync(ct).ConfigureAwait(false);
        try
        {
            var reserved = _feed.Reserve(most);
            if (reserved == 0)
            {
                return 0;
            }

            if (!lane.IsListening)
            {
                await ListenAsync(lane, ct).ConfigureAwait(false);
            }

            lane.MayHave = false;
            var question = await _inbox.AskAsync(lane, reserved, ct).ConfigureAwait(false);
            if (question.Received > 0)
            {
                (lane.MayHave, lane.MayReturn, lane.Stalls) = (true, true, 0);
            }

            switch (question.Status)
            {
                case Question.Gone:
                    await MakeAgainAsync(lane, ct).ConfigureAwait(false);
                    break;
                case Question.Conflict or Question.LostOnTheWay:
                    Later(lane, Respite);
                    break;
            }

            return question.Delivered;
        }
        catch
        {
            lane.MayHave = true;
            throw;
        }
        finally
        {
            _feed.Release();
            _ = _asking.Release();
        }
    }

    /// <summary>Nobody keeps the consumer: it is gone, or its cluster elects a leader, and then it only needs a moment.</summary>
    private async ValueTask MakeAgainAsync(Lane lane, CancellationToken ct)
    {
        try
        {
            _ = await _store.Queues.InfoAsync(lane.Queue, lane.Letter, ct).ConfigureAwait(false);
            Later(lane, Respite);
        }
        catch (NatsJSApiException gone) when (gone.Error.Code == 404)
        {
            _store.Queues.Forget(lane.Queue);
            await _store.Queues.EnsureAsync(lane.Queue, lane.Letter, ct).ConfigureAwait(false);
            LogMadeAgain(lane.Queue, lane.Letter);
            lane.MayHave = true;
        }
    }

    /// <summary>Has the next job of a lane hinted at: once, by its headers.</summary>
    private async ValueTask ListenAsync(Lane lane, CancellationToken ct)
    {
        var hint = await _link.Connection.SubscribeCoreAsync<byte[]>(_link.Subjects.HintsOf(lane.Queue, lane.Letter), opts: new() { MaxMsgs = 1 }, cancellationToken: ct).ConfigureAwait(false);
        lane.IsListening = true;
        _ = HearAsync(lane, hint);
    }

    private async Task HearAsync(Lane lane, INatsSub<byte[]> hint)
    {
        await using (hint.ConfigureAwait(false))
        {
            try
            {
                _ = await hint.Msgs.ReadAsync(_end.Token).ConfigureAwait(false);
            }
            catch (Exception error) when (error is OperationCanceledException or System.Threading.Channels.ChannelClosedException)
            {
                // Closed with the feed or the connection.
            }
        }

        (lane.IsListening, lane.MayHave, lane.MayReturn) = (false, true, true);
        if (!_end.IsCancellationRequested)
        {
            Kick();
        }
    }

    /// <summary>Once in a while: lanes whose jobs may come back without a hint, and, rarely, all of them.</summary>
    private async ValueTask LookAsync(CancellationToken ct)
    {
        var now = _link.Time.GetTimestamp();
        foreach (var lane in _order.Lanes.Where(lane => lane.DueAt <= now))
        {
            (lane.DueAt, lane.MayHave) = (long.MaxValue, true);
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

            returning.ForEach(static lane => lane.MayHave = true);
            if (++_looks % 5 == 0 && returning.Count > 0)
            {
                await ForgetIdleAsync(returning, ct).ConfigureAwait(false);
            }
        }
        catch (Exception error) when (Failures.IsOperational(error, ct))
        {
            // Both only save questions: without them everything is asked.
            returning.ForEach(static lane => (lane.MayHave, lane.MayReturn) = (true, true));
            _hasMissedHints = hasMissedHints;
        }
    }

    /// <summary>A lane of which nothing runs has nothing that could come back.</summary>
    private async ValueTask ForgetIdleAsync(List<Lane> lanes, CancellationToken ct)
    {
        // What becomes busy meanwhile is hinted at, or claimed here: both set the mark again.
        lanes.ForEach(static lane => lane.MayReturn = false);
        foreach (var (queue, letter, info) in await _store.Queues.InfosAsync([.. lanes.Select(static lane => lane.Queue).Distinct(StringComparer.Ordinal)], ct).ConfigureAwait(false))
        {
            if (info.NumAckPending > 0 && lanes.Find(lane => lane.Queue == queue && lane.Letter == letter) is { } busy)
            {
                busy.MayReturn = true;
            }
        }
    }

    /// <summary>The watchdog: jobs in a lane that is thought empty are a hint that was lost, or a consumer that does not deliver.</summary>
    private async ValueTask WatchAsync(bool hasMissedHints, CancellationToken ct)
    {
        foreach (var (queue, letter, info) in await _store.Queues.InfosAsync([.. _options.Queues.Select(static source => source.NameOrPattern)], ct).ConfigureAwait(false))
        {
            if (info.NumPending == 0 || _order.Find(queue, letter) is not { MayHave: false } lane || letter == Address.Alone)
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

    private TimeSpan NextLook()
    {
        if (_feed.Credits == 0 && !_lone.IsHeld)
        {
            // The next grant wakes the loop.
            return _watch;
        }

        var now = _link.Time.GetTimestamp();
        var next = _lone.IsHeld || _order.Lanes.Any(static lane => lane.MayReturn) ? _look : _watch;
        foreach (var lane in _order.Lanes.Where(static lane => lane.DueAt != long.MaxValue))
        {
            var wait = TimeSpan.FromSeconds(Math.Max(0, (lane.DueAt - now) / (double)_link.Time.TimestampFrequency));
            next = wait < next ? wait : next;
        }

        return next;
    }

    [LoggerMessage(2120, LogLevel.Warning, "Worker {Worker} cannot claim jobs now and tries on")]
    private partial void LogCannotClaim(Exception error, string worker);

    [LoggerMessage(2123, LogLevel.Warning, "Queue {Queue}, lane {Lane}: its consumer was gone and was made again")]
    private partial void LogMadeAgain(string queue, char lane);

    [LoggerMessage(2124, LogLevel.Warning, "Queue {Queue}, lane {Lane}: {Pending} jobs wait, and nobody hinted at them; they are asked for now")]
    private partial void LogStalled(string queue, char lane, ulong pending);
}
