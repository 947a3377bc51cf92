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
/// is no pull that could strand a job. A lane that was empty is not asked again until a new job in it is hinted at; an idle feed
/// does nothing. But that a hint is followed by a question costs a round-trip: so where nothing else is to be asked, a question for one job
/// stands in the lane that had the last one, again and again for half a minute.
/// Jobs that come back because a lease ended are not hinted at: a lane whose jobs may run somewhere is looked at once a second.
/// </remarks>
internal sealed partial class Asker : IAsyncDisposable
{
    private const int LargestPull = 500;

    /// <summary>So long may a lane keep the others waiting because jobs were known to wait in it, and so long at most.</summary>
    private static readonly TimeSpan LongCollecting = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestCollecting = TimeSpan.FromMilliseconds(500);

    /// <summary>How long one question stands: a feed that closes waits for its end. And so long after the last job there is one.</summary>
    private static readonly TimeSpan LongestStanding = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan StandsAfter = TimeSpan.FromSeconds(30);

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
    private readonly Lookout _lookout;
    private readonly Signal _work = new();
    private readonly SemaphoreSlim _asking = new(1, 1);
    private readonly CancellationTokenSource _end = new();
    private readonly TimeSpan _standingTime;
    private Task _running = Task.CompletedTask;
    private Task _standing = Task.CompletedTask;
    private volatile Lane? _last;
    private long _lastAt;
    private bool _isFailing;

    public Asker(NatsJobStore store, NatsJobFeed feed, Inbox inbox, FeedOptions options, ILogger log)
    {
        (_store, _link, _feed, _inbox, _options, _log) = (store, store.Link, feed, inbox, options, log);
        _order = new(options.Queues);
        _lone = new(store.Cluster, options.Worker, _link);
        _lookout = new(store, _order, options, log);

        // A lease counts from the question.
        _standingTime = TimeSpan.FromTicks(Math.Min(LongestStanding.Ticks, _link.Lease.Ticks / 4));
    }

    /// <summary>How often the watchdog found jobs in a lane that was thought empty.</summary>
    public long Stalls => _lookout.Stalls;

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
        var address = claim.Envelope.Address;
        if (claim.IsAlone)
        {
            _lone.Began();
        }
        else
        {
            if (_last is not { } last || !last.Holds(address))
            {
                _last = _order.Find(address.Queue, address.Lane);
            }

            _lastAt = _link.Time.GetTimestamp();
        }

        _order.Delivered(address.Queue);
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
        await _standing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private void Later(Lane lane, TimeSpan delay) =>
        lane.DueAt = Math.Min(lane.DueAt, _link.Time.GetTimestamp() + (long)(delay.TotalSeconds * _link.Time.TimestampFrequency));

    private void LookEverywhere()
    {
        _lookout.MissedHints();
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
                await StandAsync(_end.Token).ConfigureAwait(false);
                await _work.WaitAsync(_lookout.Next(_feed.Credits, _lone.IsHeld), _end.Token).ConfigureAwait(false);
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

            await _lookout.LookAsync(ct).ConfigureAwait(false);
            if (_order.NextAlone() is { } lone)
            {
                if (!lone.IsListening)
                {
                    // Before its turn is tried: where another feed has it, nothing is asked, and the next job must be hinted at all the same.
                    await ListenAsync(lone, ct).ConfigureAwait(false);
                }

                // What stands could bring a job that would run beside it.
                await _standing.WaitAsync(ct).ConfigureAwait(false);
            }

            if (!await _lone.MayOthersRunAsync(() => _feed.Credits, _order.NextAlone, () => _feed.Unsettled, lane => AskAsync(lane, 1, true, ct), ct).ConfigureAwait(false)
                || credits == 0
                || _order.Next(Math.Min(credits, LargestPull)) is not var (lane, most, isOnly))
            {
                return;
            }

            _ = await AskAsync(lane, most, isOnly, ct).ConfigureAwait(false);
        }
    }

    /// <summary>Leaves a question in the lane that had the last job, if nothing else is to be asked.</summary>
    private async ValueTask StandAsync(CancellationToken ct)
    {
        // With one credit in all it would be another lane's that is hinted at meanwhile.
        if (_last is not { } lane || !_standing.IsCompleted || _link.Time.GetElapsedTime(_lastAt) > StandsAfter
            || _lone.IsHeld || _order.NextAlone() is not null || _order.IsPaused(lane) || lane.MayHave
            || _feed.Credits < (_order.Lanes.Skip(1).Any() ? 2 : 1))
        {
            return;
        }

        lane.IsStanding = true;
        try
        {
            _standing = EndAsync(await _inbox.StandAsync(lane, _standingTime, ct).ConfigureAwait(false));
        }
        catch
        {
            (lane.IsStanding, lane.MayHave) = (false, true);
            throw;
        }
    }

    private async Task EndAsync(Question question)
    {
        var lane = question.Lane;
        try
        {
            await _inbox.EndAsync(question, _standingTime, _end.Token).ConfigureAwait(false);
        }
        catch (Exception error) when (Failures.IsOperational(error, _end.Token) || error is BrokerUnavailableException or OperationCanceledException)
        {
            question.End(Question.LostOnTheWay);
        }
        finally
        {
            lane.IsStanding = false;
            if (question.Received > 0)
            {
                lane.MayReturn = true;
            }

            // Where it did not just end without a job, the lane's next question finds out what there is.
            lane.MayHave |= question.Received > 0 || question.Status != Question.TimedOut;
            Kick();
        }
    }

    /// <summary>Asks a lane, and waits for the end of the answer. The number of jobs that were delivered to the worker.</summary>
    /// <remarks>
    /// Of a lane that is not the only one no more is asked for than is known to wait in it, and it is left when that is nothing: a question for
    /// more would keep the others waiting. What comes into it is hinted at.
    /// </remarks>
    private async ValueTask<int> AskAsync(Lane lane, int most, bool isOnly, CancellationToken ct)
    {
        await _asking.WaitAsync(ct).ConfigureAwait(false);
        try
        {
            var reserved = _feed.Reserve(isOnly || lane.Known == 0 ? most : (int)Math.Min((ulong)most, lane.Known));
            if (reserved == 0)
            {
                return 0;
            }

            if (!lane.IsListening)
            {
                await ListenAsync(lane, ct).ConfigureAwait(false);
            }

            lane.MayHave = false;
            if (lane.Collecting == Lane.Usual || lane.Collecting == Lane.Short)
            {
                // What is known to wait there ends the question by itself, and a server with much to do needs more than a moment to send it.
                lane.Collecting = isOnly || (ulong)reserved <= lane.Known ? Lane.Usual : Lane.Short;
            }

            var wasCounted = lane.Counted > 0;
            lane.Counted = 0;
            var question = await _inbox.AskAsync(lane, reserved, ct).ConfigureAwait(false);
            if (question.Received > 0)
            {
                (lane.MayReturn, lane.Stalls, lane.Collecting) = (true, 0, Lane.Usual);
                lane.MayHave |= isOnly || lane.Waiting > 0;
            }
            else if (question.Status == Question.TimedOut)
            {
                // A server with much to do may have found nothing so soon: the next look at the lane says whether that was so.
                lane.MayHave |= IsStillLooking(lane, _link.Time.GetElapsedTime(question.AskedAt));
                lane.MayReturn = true;
                if (wasCounted)
                {
                    // Another worker is faster: what was counted in the others is hardly there, either.
                    _order.ForgetCounts();
                }
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

    /// <summary>
    /// Whether an empty answer only means that the server found nothing so soon: the first of half a million jobs, which is on the disk,
    /// took it 60 ms. Then the lane's next question lasts longer, as long as an answer is late or not much time is lost.
    /// </summary>
    private static bool IsStillLooking(Lane lane, TimeSpan taken)
    {
        var isLate = taken > 2 * lane.Collecting;
        var longer = 2 * (taken > lane.Collecting ? taken : lane.Collecting);
        if (isLate || (lane.Waiting > 0 && longer <= LongCollecting))
        {
            lane.Collecting = longer < LongestCollecting ? longer : LongestCollecting;
            return true;
        }

        // What waited is another worker's by now.
        (lane.Waiting, lane.Collecting) = (0, Lane.Usual);
        return false;
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

    [LoggerMessage(2120, LogLevel.Warning, "Worker {Worker} cannot claim jobs now and tries on")]
    private partial void LogCannotClaim(Exception error, string worker);

    [LoggerMessage(2123, LogLevel.Warning, "Queue {Queue}, lane {Lane}: its consumer was gone and was made again")]
    private partial void LogMadeAgain(string queue, char lane);
}
