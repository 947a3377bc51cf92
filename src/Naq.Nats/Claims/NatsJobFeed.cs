using System.Globalization;
using Microsoft.Extensions.Logging;
using NATS.Client.Core;
using Naq.Brokers;
using Naq.Nats.Server;
using Naq.Nats.Wire;

namespace Naq.Nats.Claims;

/// <summary>A worker's stream: a loop that asks one lane after the other for no more than the credits that are left.</summary>
/// <remarks>
/// A question is a pull that the server ends after a few milliseconds: so a pull never holds credits that another queue needs, and there
/// is no pull that could strand a job. A lane that was empty is not asked again until the server hints at a new job in it; an idle feed
/// does nothing. Jobs that come back because a lease ended are not hinted at: a lane whose jobs may run somewhere is looked at once a second.
/// </remarks>
internal sealed partial class NatsJobFeed : IJobFeed
{
    /// <summary>How long the server collects jobs for one question.</summary>
    private static readonly TimeSpan Question = TimeSpan.FromMilliseconds(5);

    /// <summary>Longer than any answer takes: then the question was lost with the connection.</summary>
    private static readonly TimeSpan Lost = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan Watch = TimeSpan.FromSeconds(30);
    private const int LargestPull = 500;

    private readonly NatsJobStore _store;
    private readonly Link _link;
    private readonly FeedOptions _options;
    private readonly ILogger _log;
    private readonly LaneOrder _order;
    private readonly LoneTurn _lone;
    private readonly Lock _lock = new();
    private readonly Queue<ClaimedJob> _unread = new();
    private readonly SemaphoreSlim _arrived = new(0, 1);
    private readonly SemaphoreSlim _work = new(0, 1);
    private readonly SemaphoreSlim _asking = new(1, 1);
    private readonly CancellationTokenSource _end = new();
    private readonly TimeSpan _look;
    private readonly string _inbox;
    private readonly List<Task> _tasks = [];
    private Question? _question;
    private int _questions;
    private int _credits;
    private int _unsettled;
    private bool _isStopped;
    private bool _isDisposed;
    private bool _isFailing;
    private long _lookedAt;
    private long _watchedAt;
    private int _looks;

    private NatsJobFeed(NatsJobStore store, FeedOptions options, ILogger log)
    {
        (_store, _link, _options, _log) = (store, store.Link, options, log);
        _order = new(options.Queues);
        _lone = new(store.Cluster, options.Worker, _link);
        _look = TimeSpan.FromTicks(Math.Min(TimeSpan.FromSeconds(1).Ticks, _link.Lease.Ticks / 4));
        _inbox = _link.Subjects.Inbox(Guid.NewGuid().ToString("N"));
        (_lookedAt, _watchedAt) = (_link.Time.GetTimestamp(), _link.Time.GetTimestamp());
    }

    public Action? Attention => _options.Attention;

    /// <summary>How often the watchdog found jobs in a lane that was thought empty.</summary>
    public long Stalls { get; private set; }

    public static async ValueTask<NatsJobFeed> OpenAsync(NatsJobStore store, FeedOptions options, ILogger log, CancellationToken ct)
    {
        var feed = new NatsJobFeed(store, options, log);
        var inbox = await feed._link.Connection.SubscribeCoreAsync<byte[]>(feed._inbox + ".*", cancellationToken: ct).ConfigureAwait(false);
        feed._tasks.Add(feed.ReceiveAsync(inbox));
        feed._tasks.Add(feed.RunAsync());
        store.Queues.Changed += feed.Kick;
        feed._link.Reconnected += feed.LookEverywhere;
        return feed;
    }

    public void Grant(int credits)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(credits, 1);
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            (_credits, _isStopped) = (_credits + credits, false);
        }

        Kick();
    }

    public async ValueTask StopAsync(CancellationToken ct)
    {
        lock (_lock)
        {
            (_credits, _isStopped) = (0, true);
        }

        // Behind the question that is being answered: after it nothing more is claimed.
        await _asking.WaitAsync(ct).ConfigureAwait(false);
        _ = _asking.Release();
        Signal(_arrived);
    }

    public async ValueTask<int> ReadAsync(Memory<ClaimedJob> buffer, CancellationToken ct)
    {
        while (true)
        {
            lock (_lock)
            {
                var count = 0;
                while (count < buffer.Length && _unread.TryDequeue(out var job))
                {
                    buffer.Span[count++] = job;
                }

                if (count > 0 || _isStopped || _isDisposed)
                {
                    return count;
                }
            }

            await _arrived.WaitAsync(ct).ConfigureAwait(false);
        }
    }

    public async ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            if (_isDisposed)
            {
                return;
            }

            _isDisposed = true;
        }

        await StopAsync(CancellationToken.None).ConfigureAwait(false);
        _store.Queues.Changed -= Kick;
        _link.Reconnected -= LookEverywhere;
        await _end.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(_tasks).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Settlement[] unread = [.. _unread.Select(static job => new Settlement(job.Lease, SettleKind.HandBack))];
        _unread.Clear();
        try
        {
            _ = await _store.SettleAsync(unread, CancellationToken.None).ConfigureAwait(false);
        }
        catch (BrokerUnavailableException error)
        {
            // They are another worker's once their leases are over.
            LogNotHandedBack(error, unread.Length);
        }

        _store.Closed(this);
        Signal(_arrived);
    }

    /// <summary>A claim of this feed has ended, by settlement or by the loss of its lease.</summary>
    public void Ended(NatsClaim claim)
    {
        _ = Interlocked.Decrement(ref _unsettled);
        if (claim.IsAlone)
        {
            _lone.Ended();
        }

        if (_lone.IsWaiting || claim.IsAlone)
        {
            Kick();
        }
    }

    private static void Signal(SemaphoreSlim semaphore)
    {
        try
        {
            if (semaphore.CurrentCount == 0)
            {
                _ = semaphore.Release();
            }
        }
        catch (SemaphoreFullException)
        {
            // Somebody else just did.
        }
    }

    private void Kick() => Signal(_work);

    /// <summary>Hints may have been missed.</summary>
    private void LookEverywhere()
    {
        Volatile.Write(ref _lookedAt, 0);
        Volatile.Write(ref _watchedAt, 0);
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
                _ = await _work.WaitAsync(NextLook(), _end.Token).ConfigureAwait(false);
            }
            catch (Exception error) when (Failures.IsOperational(error, _end.Token) || error is BrokerUnavailableException)
            {
                if (!_isFailing)
                {
                    _isFailing = true;
                    LogCannotClaim(error, _options.Worker);
                }

                await Task.Delay(TimeSpan.FromMilliseconds(250), _link.Time, _end.Token).ConfigureAwait(false);
                LookEverywhere();
            }
        }
    }

    private async ValueTask AskAllAsync(CancellationToken ct)
    {
        while (true)
        {
            _order.Refresh(_store.Queues);
            var credits = Volatile.Read(ref _credits);
            if (credits == 0 && !_lone.IsHeld)
            {
                return;
            }

            await LookAsync(ct).ConfigureAwait(false);
            if (!await _lone.MayOthersRunAsync(() => Volatile.Read(ref _credits), _order.NextAlone, () => Volatile.Read(ref _unsettled), lane => AskAsync(lane, 1, ct), ct).ConfigureAwait(false)
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
            if (Volatile.Read(ref _credits) < 1)
            {
                return 0;
            }

            if (!lane.IsListening)
            {
                await ListenAsync(lane, ct).ConfigureAwait(false);
            }

            lane.MayHave = false;
            var question = new Question(lane, ++_questions, Math.Min(most, Volatile.Read(ref _credits)), _link.Time.GetTimestamp());
            Volatile.Write(ref _question, question);
            var replyTo = string.Create(CultureInfo.InvariantCulture, $"{_inbox}.{question.Number}");
            await _link.PullAsync(_link.JobsStream, Queues.QueueList.Name(lane.Queue, lane.Letter), question.Most, Question, replyTo, ct).ConfigureAwait(false);
            var status = await question.Ended.WaitAsync(Lost, _link.Time, ct).ConfigureAwait(false);
            if (question.Received > 0)
            {
                (lane.MayHave, lane.MayReturn, lane.Stalls) = (true, true, 0);
            }

            if (status == 503)
            {
                // The consumer, or the stream, is gone: make it again.
                _store.Queues.Forget(lane.Queue, lane.Letter);
                await _store.Queues.EnsureAsync(lane.Queue, lane.Letter, ct).ConfigureAwait(false);
                LogMadeAgain(lane.Queue, lane.Letter);
                lane.MayHave = true;
            }

            return question.Delivered;
        }
        catch (TimeoutException)
        {
            lane.MayHave = true;
            throw;
        }
        finally
        {
            Volatile.Write(ref _question, null);
            _ = _asking.Release();
        }
    }

    /// <summary>Everything that this feed is sent: jobs, and the statuses that end a question.</summary>
    private async Task ReceiveAsync(INatsSub<byte[]> inbox)
    {
        await using (inbox.ConfigureAwait(false))
        {
            await foreach (var message in inbox.Msgs.ReadAllAsync(_end.Token).ConfigureAwait(false))
            {
                var question = Volatile.Read(ref _question);
                if (message.Subject.StartsWith(_inbox, StringComparison.Ordinal))
                {
                    if (question is not null && message.Subject.EndsWith(question.Suffix, StringComparison.Ordinal))
                    {
                        question.End(message.Headers?.Code ?? 0);
                    }

                    continue;
                }

                try
                {
                    await ReceiveAsync(message, question).ConfigureAwait(false);
                }
                catch (Exception error) when (Failures.IsOperational(error, _end.Token))
                {
                    // It comes again when its lease is over.
                    LogNotTaken(error, Printable.Escape(message.Subject));
                }

                question?.Count();
            }
        }
    }

    private async ValueTask ReceiveAsync(NatsMsg<byte[]> message, Question? question)
    {
        NatsClaim claim;
        try
        {
            claim = new(this, message.ReplyTo!, AckSubject.Parse(message.ReplyTo ?? ""), Envelope.Read(message.Subject, message.Headers, message.Data));
        }
        catch (FormatException error)
        {
            LogForeign(error, Printable.Escape(message.Subject));
            await _link.SendAsync(message.ReplyTo!, "+TERM", null, _end.Token).ConfigureAwait(false);
            return;
        }

        var since = question?.AskedAt ?? _link.Time.GetTimestamp();
        claim.HoldSince(since, _link.Lease, _link.Time);
        var early = claim.Envelope.NotBefore - _link.Time.GetUtcNow();
        if (early > TimeSpan.Zero)
        {
            await PutOffAsync(claim, early.Value + TimeSpan.FromMilliseconds(1)).ConfigureAwait(false);
        }
        else if (await _store.TryBeginAsync(claim, _end.Token).ConfigureAwait(false))
        {
            question?.Deliver();
            Deliver(claim);
        }
    }

    private async ValueTask PutOffAsync(NatsClaim claim, TimeSpan delay)
    {
        await _link.SendAsync(claim.Reply, string.Create(CultureInfo.InvariantCulture, $"-NAK {{\"delay\":{delay.Ticks * 100}}}"), null, _end.Token).ConfigureAwait(false);
        if (_order.Find(claim.Envelope.Address.Queue, claim.Envelope.Address.Lane) is { } lane)
        {
            // The server's own timer needs a moment more.
            var due = _link.Time.GetTimestamp() + (long)((delay + TimeSpan.FromMilliseconds(3)).TotalSeconds * _link.Time.TimestampFrequency);
            lane.DueAt = Math.Min(lane.DueAt ?? due, due);
        }
    }

    private void Deliver(NatsClaim claim)
    {
        _ = Interlocked.Increment(ref _unsettled);
        if (claim.IsAlone)
        {
            _lone.Began();
        }

        _order.Delivered(claim.Envelope.Address.Queue);
        lock (_lock)
        {
            _credits = Math.Max(0, _credits - 1);
            _unread.Enqueue(ToJob(claim));
        }

        Signal(_arrived);
    }

    private ClaimedJob ToJob(NatsClaim claim)
    {
        var (address, envelope) = (claim.Envelope.Address, claim.Envelope);
        var lease = new Lease(address.Id, claim.Fence, (long)claim.Sequence, claim);
        return new(lease, envelope.Type, address.Queue, envelope.Priority, envelope.Payload, envelope.ReadSettings())
        {
            Attempt = envelope.Attempts + 1,
            Interruptions = claim.Interruptions,
            IsAlone = claim.IsAlone,
            Checkpoint = claim.Report?.Checkpoint,
            EnqueuedAt = envelope.EnqueuedAt,
            ReadyAt = envelope.ReadyAt ?? envelope.NotBefore ?? (claim.StoredAt - _link.Clock.Offset),
        };
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
            (lane.DueAt, lane.MayHave) = (null, true);
        }

        if (_link.Time.GetElapsedTime(Volatile.Read(ref _lookedAt)) < _look)
        {
            return;
        }

        Volatile.Write(ref _lookedAt, now);
        List<Lane> returning = [.. _order.Lanes.Where(static lane => lane.MayReturn)];
        foreach (var lane in returning)
        {
            lane.MayHave = true;
        }

        try
        {
            if (++_looks % 5 == 0 && returning.Count > 0)
            {
                await ForgetIdleAsync(returning, ct).ConfigureAwait(false);
            }

            if (_link.Time.GetElapsedTime(Volatile.Read(ref _watchedAt)) >= Watch)
            {
                Volatile.Write(ref _watchedAt, now);
                await WatchAsync(ct).ConfigureAwait(false);
            }
        }
        catch (Exception error) when (Failures.IsOperational(error, ct))
        {
            // Both only save questions: without them everything is asked.
            returning.ForEach(static lane => lane.MayReturn = true);
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
    private async ValueTask WatchAsync(CancellationToken ct)
    {
        foreach (var (queue, letter, info) in await _store.Queues.InfosAsync([.. _options.Queues.Select(static source => source.NameOrPattern)], ct).ConfigureAwait(false))
        {
            if (info.NumPending == 0 || _order.Find(queue, letter) is not { MayHave: false } lane || letter == Address.Alone)
            {
                continue;
            }

            Stalls++;
            lane.Stalls++;
            lane.MayHave = true;
            if (lane.Stalls == 1)
            {
                LogStalled(queue, letter, info.NumPending);
            }
            else
            {
                // Asked twice in vain: have the consumer made again, should it be gone or of another shape.
                _store.Queues.Forget(queue, letter);
                await _store.Queues.EnsureAsync(queue, letter, ct).ConfigureAwait(false);
            }
        }
    }

    private TimeSpan NextLook()
    {
        var now = _link.Time.GetTimestamp();
        var isLooking = _lone.IsHeld || _order.Lanes.Any(static lane => lane.MayReturn);
        var next = Volatile.Read(ref _credits) == 0 && !_lone.IsHeld ? Watch : isLooking ? _look : Watch;
        foreach (var lane in _order.Lanes)
        {
            if (lane.DueAt is { } due)
            {
                var wait = TimeSpan.FromSeconds(Math.Max(0, (due - now) / (double)_link.Time.TimestampFrequency));
                next = wait < next ? wait : next;
            }
        }

        return next;
    }

    [LoggerMessage(2120, LogLevel.Warning, "Worker {Worker} cannot claim jobs now and tries on")]
    private partial void LogCannotClaim(Exception error, string worker);

    [LoggerMessage(2121, LogLevel.Warning, "A job could not be taken ({Subject}); it comes again when its lease is over")]
    private partial void LogNotTaken(Exception error, string subject);

    [LoggerMessage(2122, LogLevel.Error, "A message at {Subject} is no job and was taken out of its queue")]
    private partial void LogForeign(Exception error, string subject);

    [LoggerMessage(2123, LogLevel.Warning, "Queue {Queue}, lane {Lane}: its consumer was gone and was made again")]
    private partial void LogMadeAgain(string queue, char lane);

    [LoggerMessage(2124, LogLevel.Warning, "Queue {Queue}, lane {Lane}: {Pending} jobs were not hinted at; they are asked for now")]
    private partial void LogStalled(string queue, char lane, ulong pending);

    [LoggerMessage(2125, LogLevel.Warning, "{Count} claimed jobs could not be handed back; they are claimed again when their leases are over")]
    private partial void LogNotHandedBack(Exception error, int count);
}

/// <summary>One pull and its answer.</summary>
internal sealed class Question(Lane lane, int number, int most, long askedAt)
{
    private readonly TaskCompletionSource<int> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _received;

    public Lane Lane => lane;

    public int Number => number;

    public string Suffix { get; } = string.Create(CultureInfo.InvariantCulture, $".{number}");

    public int Most => most;

    /// <summary>A stamp from before it was sent: leases count from here.</summary>
    public long AskedAt => askedAt;

    public int Received => Volatile.Read(ref _received);

    public int Delivered { get; private set; }

    public Task<int> Ended => _ended.Task;

    public void Deliver() => Delivered++;

    public void Count()
    {
        if (Interlocked.Increment(ref _received) == most)
        {
            End(200);
        }
    }

    public void End(int status) => _ended.TrySetResult(status);
}
