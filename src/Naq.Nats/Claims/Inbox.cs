using System.Globalization;
using Microsoft.Extensions.Logging;
using NATS.Client.Core;
using NATS.Client.JetStream;
using Naq.Brokers;
using Naq.Nats.Server;
using Naq.Nats.Wire;

namespace Naq.Nats.Claims;

/// <summary>Where a feed's jobs arrive: one question at a time, its jobs, and the status that ends it.</summary>
/// <remarks>
/// A message does not say which question brought it. So there is no second question while the first may still be answered, however long a
/// stopped server takes; and a lease counts from before the question was sent, however late its job arrives.
/// </remarks>
internal sealed partial class Inbox : IAsyncDisposable
{
    /// <summary>Longer than an answer takes as a rule: then it is looked into.</summary>
    private static readonly TimeSpan Usual = TimeSpan.FromSeconds(1);

    /// <summary>Enough for what the server has sent already.</summary>
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(50);

    private readonly NatsJobStore _store;
    private readonly Link _link;
    private readonly NatsJobFeed _feed;
    private readonly Action<Address, TimeSpan> _putOff;
    private readonly ILogger _log;
    private readonly string _subject;
    private readonly CancellationTokenSource _end = new();
    private Task _receiving = Task.CompletedTask;
    private Question? _question;
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
        await ClearUpAsync(ct).ConfigureAwait(false);
        var question = new Question(lane, ++_questions, most, _link.Time.GetTimestamp());
        Volatile.Write(ref _question, question);
        var replyTo = string.Create(CultureInfo.InvariantCulture, $"{_subject}.{question.Number}");
        await _link.PullAsync(_link.JobsStream, Queues.QueueList.Name(lane.Queue, lane.Letter), most, lane.Collecting, replyTo, ct).ConfigureAwait(false);
        if (!await question.EndsWithinAsync(Usual, _link.Time, ct).ConfigureAwait(false))
        {
            await ClearUpAsync(ct).ConfigureAwait(false);
        }

        return question;
    }

    public async ValueTask DisposeAsync()
    {
        _link.Reconnected -= Connected;
        await _end.CancelAsync().ConfigureAwait(false);
        await _receiving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _end.Dispose();
    }

    private void Connected() => Volatile.Write(ref _connectedAt, _link.Time.GetTimestamp());

    /// <summary>Ends a question that nobody answered: once its consumer answers what was asked later, it was lost on the way.</summary>
    private async ValueTask ClearUpAsync(CancellationToken ct)
    {
        if (_question is not { IsOpen: true } open)
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
            await foreach (var message in inbox.Msgs.ReadAllAsync(_end.Token).ConfigureAwait(false))
            {
                var question = Volatile.Read(ref _question);
                if (message.Subject.StartsWith(_subject, StringComparison.Ordinal))
                {
                    if (question is not null && message.Subject.EndsWith(question.Suffix, StringComparison.Ordinal))
                    {
                        question.End(message.Headers?.Code ?? 0);
                    }

                    continue;
                }

                try
                {
                    await TakeAsync(message, question).ConfigureAwait(false);
                }
                catch (Exception error) when (Failures.IsOperational(error, _end.Token) || error is BrokerUnavailableException)
                {
                    LogNotTaken(error, Printable.Escape(message.Subject));
                }

                question?.Count();
            }
        }
    }

    private async ValueTask TakeAsync(NatsMsg<byte[]> message, Question? question)
    {
        NatsClaim claim;
        try
        {
            claim = new(_feed, message.ReplyTo!, AckSubject.Parse(message.ReplyTo ?? ""), Envelope.Read(message.Subject, message.Headers, message.Data));
        }
        catch (FormatException error)
        {
            LogForeign(error, Printable.Escape(message.Subject));
            await _link.SendAsync(message.ReplyTo!, "+TERM", null, _end.Token).ConfigureAwait(false);
            return;
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
            return;
        }

        var early = claim.Envelope.NotBefore - _link.Time.GetUtcNow();
        if (early > TimeSpan.Zero)
        {
            var delay = early.Value + TimeSpan.FromMilliseconds(1);
            await _link.SendAsync(claim.Reply, string.Create(CultureInfo.InvariantCulture, $"-NAK {{\"delay\":{delay.Ticks * 100}}}"), null, _end.Token).ConfigureAwait(false);
            _putOff(claim.Envelope.Address, delay);
        }
        else if (await _store.TryBeginAsync(claim, _end.Token).ConfigureAwait(false))
        {
            question?.Deliver();
            if (!_feed.TryDeliver(claim))
            {
                // Of a question that was given up, and whose credits went to others.
                _ = await _store.SettleAsync([new(NatsJobFeed.LeaseOf(claim), SettleKind.HandBack)], _end.Token).ConfigureAwait(false);
            }
        }
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

    private readonly TaskCompletionSource<int> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _received;

    public Lane Lane => lane;

    public int Number => number;

    public string Suffix { get; } = string.Create(CultureInfo.InvariantCulture, $".{number}");

    /// <summary>A stamp from before it was sent: leases count from here.</summary>
    public long AskedAt => askedAt;

    public int Received => Volatile.Read(ref _received);

    public int Delivered { get; private set; }

    public bool IsOpen => !_ended.Task.IsCompleted;

    /// <summary>How it ended; 0: it is open.</summary>
    public int Status => _ended.Task.IsCompletedSuccessfully ? _ended.Task.Result : 0;

    public void Deliver() => Delivered++;

    public void Count()
    {
        if (Interlocked.Increment(ref _received) == most)
        {
            End(200);
        }
    }

    public void End(int status) => _ended.TrySetResult(status);

    public async ValueTask<bool> EndsWithinAsync(TimeSpan time, TimeProvider clock, CancellationToken ct)
    {
        try
        {
            _ = await _ended.Task.WaitAsync(time, clock, ct).ConfigureAwait(false);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }
}
