using System.Globalization;
using Microsoft.Extensions.Logging;
using NATS.Client.Core;
using NATS.Client.JetStream;
using Naq.Brokers;
using Naq.Nats.Server;
using Naq.Nats.Wire;

namespace Naq.Nats.Claims;

/// <summary>Where a feed's jobs arrive: one question at a time, its jobs, and the status that ends it. Beside it one may stand in a lane without jobs.</summary>
/// <remarks>
/// A message says which lane it is of, not which question brought it. So no lane has a second question while the first may still be answered,
/// however long a stopped server takes; and a lease counts from before the question was sent, however late its job arrives.
/// </remarks>
internal sealed partial class Inbox : IAsyncDisposable
{
    /// <summary>Longer than an answer takes as a rule: then it is looked into.</summary>
    private static readonly TimeSpan Usual = TimeSpan.FromSeconds(1);

    /// <summary>Enough for what the server has sent already.</summary>
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(50);

    /// <summary>So many jobs that arrive at once are announced together: enough that slots do not wait for the rest.</summary>
    private const int Together = 32;

    private readonly NatsJobStore _store;
    private readonly Link _link;
    private readonly NatsJobFeed _feed;
    private readonly Action<Address, TimeSpan> _putOff;
    private readonly ILogger _log;
    private readonly string _subject;
    private readonly CancellationTokenSource _end = new();
    private Task _receiving = Task.CompletedTask;
    private Question? _question;
    private Question? _standing;
    private int _questions;
    private long _connectedAt;

    public Inbox(NatsJobStore store, NatsJobFeed feed, Action<Address, TimeSpan> putOff, ILogger log)
    {
        (_store, _link, _feed, _putOff, _log) = (store, store.Link, feed, putOff, log);
        _subject = _link.Subjects.Inbox(Guid.NewGuid().ToString("N"));
    }

    public async ValueTask OpenAsync(CancellationToken ct)
    {
        _receiving = ReceiveAsync(await _link.Connection.SubscribeCoreAsync<byte[]>(_subject + ".*", cancellationToken: ct).ConfigureAwait(false));
        _link.Reconnected += Connected;
    }

    /// <summary>Asks a lane, and waits for the end of the answer.</summary>
    public async ValueTask<Question> AskAsync(Lane lane, int most, CancellationToken ct)
    {
        await ClearUpAsync(_question, ct).ConfigureAwait(false);
        var question = new Question(lane, ++_questions, most, _link.Time.GetTimestamp());
        Volatile.Write(ref _question, question);
        await PullAsync(question, most, lane.Collecting, ct).ConfigureAwait(false);
        await EndAsync(question, TimeSpan.Zero, ct).ConfigureAwait(false);
        return question;
    }

    /// <summary>Has the next job of a lane sent as soon as it is stored, and goes on. No credit is set aside: where none is left, the job is handed back.</summary>
    public async ValueTask<Question> StandAsync(Lane lane, TimeSpan time, CancellationToken ct)
    {
        var question = new Question(lane, ++_questions, 1, _link.Time.GetTimestamp()) { IsStanding = true };
        Volatile.Write(ref _standing, question);
        await PullAsync(question, 1, time, ct).ConfigureAwait(false);
        return question;
    }

    /// <summary>Waits for the end of a question that the server was to answer within a time.</summary>
    public async ValueTask EndAsync(Question question, TimeSpan time, CancellationToken ct)
    {
        if (!await question.EndsWithinAsync(time + Usual, _link.Time, ct).ConfigureAwait(false))
        {
            await ClearUpAsync(question, ct).ConfigureAwait(false);
        }
    }

    /// <summary>A job that the server sends for a question that stands would have to wait for the end of its lease, were nobody there: so it is waited for.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_standing is { IsOpen: true } standing)
        {
            _ = await standing.EndsWithinAsync(Usual, _link.Time, CancellationToken.None).ConfigureAwait(false);
        }

        _link.Reconnected -= Connected;
        await _end.CancelAsync().ConfigureAwait(false);
        await _receiving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _end.Dispose();
    }

    private void Connected() => Volatile.Write(ref _connectedAt, _link.Time.GetTimestamp());

    private ValueTask PullAsync(Question question, int most, TimeSpan wait, CancellationToken ct)
    {
        var (queue, letter) = (question.Lane.Queue, question.Lane.Letter);
        var replyTo = string.Create(CultureInfo.InvariantCulture, $"{_subject}.{question.Number}");
        return _link.PullAsync(_link.JobsStream, Queues.QueueList.Name(queue, letter), most, wait, replyTo, ct);
    }

    /// <summary>Ends a question that nobody answered: once its consumer answers what was asked later, it was lost on the way.</summary>
    private async ValueTask ClearUpAsync(Question? question, CancellationToken ct)
    {
        if (question is not { IsOpen: true } open)
        {
            return;
        }

        try
        {
            _ = await _store.Queues.InfoAsync(open.Lane.Queue, open.Lane.Letter, ct).ConfigureAwait(false);
        }
        catch (NatsJSApiException gone) when (gone.Error.Code == 404)
        {
            open.End(Question.Gone);
            return;
        }

        // What was asked over a connection that is no more will hardly be answered.
        var patience = open.AskedAt < Volatile.Read(ref _connectedAt) ? Moment : Usual;
        if (!await open.EndsWithinAsync(patience, _link.Time, ct).ConfigureAwait(false))
        {
            open.End(Question.LostOnTheWay);
        }
    }

    private async Task ReceiveAsync(INatsSub<byte[]> inbox)
    {
        await using (inbox.ConfigureAwait(false))
        {
            while (await inbox.Msgs.WaitToReadAsync(_end.Token).ConfigureAwait(false))
            {
                for (var taken = 1; inbox.Msgs.TryRead(out var message); taken++)
                {
                    await ReceiveAsync(message).ConfigureAwait(false);
                    if (taken % Together == 0)
                    {
                        _feed.Announce();
                    }
                }

                _feed.Announce();
            }
        }
    }

    private async ValueTask ReceiveAsync(NatsMsg<byte[]> message)
    {
        var (question, standing) = (Volatile.Read(ref _question), Volatile.Read(ref _standing));
        if (message.Subject.StartsWith(_subject, StringComparison.Ordinal))
        {
            var status = message.Headers?.Code ?? 0;
            question?.EndIf(message.Subject, status);
            standing?.EndIf(message.Subject, status);
            return;
        }

        try
        {
            question = await TakeAsync(message, question, standing).ConfigureAwait(false);
        }
        catch (Exception error) when (Failures.IsOperational(error, _end.Token) || error is BrokerUnavailableException)
        {
            LogNotTaken(error, Printable.Escape(message.Subject));
        }

        if (question is not null)
        {
            if (question.IsLast)
            {
                // The slot before whoever waits for the end and asks the next question: one thread may have to do both.
                _feed.Announce();
            }

            question.Count();
        }
    }

    /// <summary>Takes a message. The answer: the question that brought it.</summary>
    private async ValueTask<Question?> TakeAsync(NatsMsg<byte[]> message, Question? question, Question? standing)
    {
        NatsClaim claim;
        try
        {
            claim = new(_feed, message.ReplyTo!, AckSubject.Parse(message.ReplyTo ?? ""), Envelope.Read(message.Subject, message.Headers, message.Data, question?.Lane.Queue));
        }
        catch (FormatException error)
        {
            LogForeign(error, Printable.Escape(message.Subject));
            await _link.SendAsync(message.ReplyTo!, "+TERM", null, _end.Token).ConfigureAwait(false);
            return question;
        }

        var address = claim.Envelope.Address;
        if (standing is { IsOpen: true } && standing.Lane.Holds(address))
        {
            question = standing;
        }

        if (question is not null)
        {
            question.Lane.Waiting = claim.Waiting;
        }

        claim.HoldSince(question?.AskedAt ?? _link.Time.GetTimestamp(), _link.Lease, _link.Time);
        if (!claim.IsHeld(_link.Time))
        {
            // It may be another worker's by now: nothing may be said about it any more.
            LogLate(claim.Id);
            return question;
        }

        var early = claim.Envelope.NotBefore - _link.Time.GetUtcNow();
        if (early > TimeSpan.Zero)
        {
            var delay = early.Value + TimeSpan.FromMilliseconds(1);
            await _link.SendAsync(claim.Reply, string.Create(CultureInfo.InvariantCulture, $"-NAK {{\"delay\":{delay.Ticks * 100}}}"), null, _end.Token).ConfigureAwait(false);
            _putOff(address, delay);
        }
        else if (await _store.TryBeginAsync(claim, _end.Token).ConfigureAwait(false))
        {
            question?.Deliver();
            if ((question is { IsStanding: true } && _store.Queues.All.GetValueOrDefault(address.Queue)?.IsPaused == true)
                || !_feed.TryDeliver(claim, isReserved: question is not { IsStanding: true }))
            {
                // Of a question that was given up, and whose credits went to others; or of one that stood when the queue was paused.
                _ = await _store.SettleAsync([new(NatsJobFeed.LeaseOf(claim), SettleKind.HandBack)], _end.Token).ConfigureAwait(false);
            }
        }

        return question;
    }

    [LoggerMessage(2121, LogLevel.Warning, "A job could not be taken ({Subject}); it comes again when its lease is over")]
    private partial void LogNotTaken(Exception error, string subject);

    [LoggerMessage(2122, LogLevel.Error, "A message at {Subject} is no job and was taken out of its queue")]
    private partial void LogForeign(Exception error, string subject);

    [LoggerMessage(2126, LogLevel.Warning, "Job {JobId} arrived so late that its lease may be over; it comes again")]
    private partial void LogLate(JobId jobId);
}

/// <summary>One pull and its answer.</summary>
internal sealed class Question(Lane lane, int number, int most, long askedAt)
{
    /// <summary>The server's answer where nobody keeps the consumer: it is gone, or its cluster elects a leader.</summary>
    public const int Gone = 503;

    /// <summary>The server's answer where the time was over before a job was found.</summary>
    public const int TimedOut = 408;

    /// <summary>The server's answer where something happened to the consumer while it was asked.</summary>
    public const int Conflict = 409;

    /// <summary>No answer came, and none will.</summary>
    public const int LostOnTheWay = -1;

    private readonly string _suffix = string.Create(CultureInfo.InvariantCulture, $".{number}");
    private readonly TaskCompletionSource _ended = new();
    private int _received;
    private int _status;

    public Lane Lane => lane;

    public int Number => number;

    /// <summary>Whether it stands in a lane without jobs, for the first that is stored.</summary>
    public bool IsStanding { get; init; }

    /// <summary>A stamp from before it was sent: leases count from here.</summary>
    public long AskedAt => askedAt;

    public int Received => Volatile.Read(ref _received);

    public int Delivered { get; private set; }

    public bool IsOpen => Status == 0;

    /// <summary>How it ended; 0: it is open.</summary>
    public int Status => Volatile.Read(ref _status);

    /// <summary>Whether the next job is the last that it asked for.</summary>
    public bool IsLast => Received == most - 1;

    public void Deliver() => Delivered++;

    public void Count()
    {
        if (Interlocked.Increment(ref _received) == most)
        {
            End(200);
        }
    }

    public void End(int status)
    {
        if (Interlocked.CompareExchange(ref _status, status, 0) == 0)
        {
            // Not as a task goes on by itself: in the thread's own queue it would go before the slots, which wait in the common one.
            _ = ThreadPool.UnsafeQueueUserWorkItem(static ended => ended.SetResult(), _ended, preferLocal: false);
        }
    }

    /// <summary>Ends it with a status that was sent to a subject, if that is its own.</summary>
    public void EndIf(string subject, int status)
    {
        if (subject.EndsWith(_suffix, StringComparison.Ordinal))
        {
            End(status);
        }
    }

    public async ValueTask<bool> EndsWithinAsync(TimeSpan time, TimeProvider clock, CancellationToken ct)
    {
        try
        {
            await _ended.Task.WaitAsync(time, clock, ct).ConfigureAwait(false);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }
}
