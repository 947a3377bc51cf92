using System.Collections.Concurrent;
using System.Globalization;
using NATS.Client.Core;
using Naq.Brokers;

namespace Naq.Nats;

/// <summary>Jobs on NATS JetStream, as far as the spike goes.</summary>
internal sealed class NatsJobStore : IJobStore
{
    private readonly Settler _settler;
    private readonly ConcurrentDictionary<JobId, NatsClaim> _running = [];
    private readonly CancellationTokenSource _end = new();
    private readonly Task _cancellations;

    public NatsJobStore(Session session)
    {
        Session = session;
        Consumers = new(session);
        _settler = new(session);
        _cancellations = WatchCancellationsAsync();
    }

    public Session Session { get; }

    public Consumers Consumers { get; }

    public TimeSpan LeaseDuration => Session.Lease;

    public async ValueTask<IReadOnlyList<EnqueueResult>> EnqueueAsync(IReadOnlyList<NewJob> jobs, CancellationToken ct)
    {
        foreach (var queue in jobs.Select(static job => job.Queue).Distinct(StringComparer.Ordinal))
        {
            await Consumers.EnsureAsync(queue, ct).ConfigureAwait(false);
        }

        try
        {
            return await Task.WhenAll(jobs.Select(job => EnqueueAsync(job, ct))).ConfigureAwait(false);
        }
        catch (NatsException lost)
        {
            throw new EnqueueOutcomeUnknownException("The server did not answer an enqueue. Repeat it with the same ids.", [.. jobs.Select(static job => job.Id)], lost);
        }
    }

    public async ValueTask<IJobFeed> OpenFeedAsync(FeedOptions options, CancellationToken ct)
    {
        foreach (var source in options.Queues.Where(static source => Names.IsName(source.NameOrPattern)))
        {
            await Consumers.EnsureAsync(source.NameOrPattern, ct).ConfigureAwait(false);
        }

        return new NatsJobFeed(this, options);
    }

    public async ValueTask<IReadOnlyList<SettleResult>> SettleAsync(IReadOnlyList<Settlement> settlements, CancellationToken ct)
    {
        var answers = await Task.WhenAll(settlements.Select(settlement => _settler.SettleAsync(settlement, ct))).ConfigureAwait(false);
        foreach (var settlement in settlements)
        {
            _ = _running.TryRemove(new(settlement.Lease.Id, (NatsClaim)settlement.Lease.Handle));
        }

        return answers;
    }

    public async ValueTask<IReadOnlyList<LeaseStatus>> ExtendAsync(IReadOnlyList<Lease> leases, CancellationToken ct)
    {
        var answers = new LeaseStatus[leases.Count];
        for (var i = 0; i < answers.Length; i++)
        {
            var (claim, since) = ((NatsClaim)leases[i].Handle, Session.Time.GetTimestamp());
            answers[i] = LeaseStatus.Lost;
            if (claim.IsHeld(Session.Time))
            {
                await claim.Message.AckProgressAsync(cancellationToken: ct).ConfigureAwait(false);
                claim.HoldSince(since, Session.Lease, Session.Time);
                answers[i] = claim.IsCancelRequested ? LeaseStatus.CancelRequested : LeaseStatus.Held;
            }
        }

        return answers;
    }

    /// <summary>Deletes what was never delivered; asks the worker of what was.</summary>
    /// <remarks>
    /// A deletion is invisible to a worker, so the delivery is looked at again after it: what was not delivered by then never will be. (A purge
    /// would not do: it moves the consumer's mark of what was delivered.)
    /// </remarks>
    public async ValueTask<CancelResult> CancelAsync(JobId id, CancellationToken ct)
    {
        while (await Session.FindAsync(Session.JobsStream, id, ct).ConfigureAwait(false) is { } job)
        {
            var wasDelivered = await IsDeliveredAsync(job, ct).ConfigureAwait(false);
            if (!wasDelivered && !await Session.TryDeleteAsync(Session.JobsStream, job.Sequence, ct).ConfigureAwait(false))
            {
                // It was somewhere else by then: a schedule that fired, or a job that has ended.
                continue;
            }

            if (!wasDelivered && !await IsDeliveredAsync(job, ct).ConfigureAwait(false))
            {
                return CancelResult.Cancelled;
            }

            await Session.RequestCancelAsync(id, ct).ConfigureAwait(false);
            return CancelResult.Requested;
        }

        return await Session.FindAsync(Session.DeadStream, id, ct).ConfigureAwait(false) is null ? CancelResult.NotFound : CancelResult.Finished;
    }

    public async ValueTask<JobSnapshot?> FindAsync(JobId id, CancellationToken ct)
    {
        var stored = await Session.FindAsync(Session.JobsStream, id, ct).ConfigureAwait(false) ?? await Session.FindAsync(Session.DeadStream, id, ct).ConfigureAwait(false);
        if (stored is null)
        {
            return null;
        }

        var job = Envelope.Read(stored.Subject, stored.Headers, stored.Body);
        var isEarly = job.NotBefore > Session.Time.GetUtcNow();
        var state = job.Address.Stage switch
        {
            Stage.Scheduled => JobState.Scheduled,
            Stage.Dead => JobState.Dead,
            Stage.Ready when isEarly => JobState.Scheduled,
            Stage.Ready => await Consumers.IsDeliveredAsync(job.Address, stored.Sequence, ct).ConfigureAwait(false) ? JobState.Running : JobState.Ready,
        };
        return new(id, job.Address.Queue, job.Type, state)
        {
            Priority = job.Address.Priority,
            Attempts = job.Attempts,
            Interruptions = job.Interruptions,
            Reason = job.Reason,
            Error = job.Error,
            Payload = job.Payload,
            EnqueuedAt = job.EnqueuedAt,
            DueAt = state == JobState.Scheduled ? job.NotBefore : null,
            FinishedAt = Envelope.Time(stored.Headers, Header.DiedAt),
        };
    }

    public async ValueTask<RequeueResult> RequeueAsync(JobId id, CancellationToken ct)
    {
        if (await Session.FindAsync(Session.JobsStream, id, ct).ConfigureAwait(false) is { } live)
        {
            return Subjects.Parse(live.Subject).Stage == Stage.Scheduled ? await RunNowAsync(live, ct).ConfigureAwait(false) : RequeueResult.Refused;
        }

        if (await Session.FindAsync(Session.DeadStream, id, ct).ConfigureAwait(false) is not { } dead)
        {
            return RequeueResult.NotFound;
        }

        var job = Envelope.Read(dead.Subject, dead.Headers, dead.Body) with { Attempts = 0, Interruptions = 0 };
        var messageId = string.Create(CultureInfo.InvariantCulture, $"{id}:requeue:{dead.Sequence}");
        if (await _settler.TryPublishAsync(job, null, messageId, 0, ct).ConfigureAwait(false) is null)
        {
            return RequeueResult.Refused;
        }

        _ = await Session.TryDeleteAsync(Session.DeadStream, dead.Sequence, ct).ConfigureAwait(false);
        return RequeueResult.Requeued;
    }

    public async ValueTask<IReadOnlyList<QueueCounts>> CountsAsync(IReadOnlyList<string>? queues, CancellationToken ct) =>
    [
        .. (await Consumers.CountsAsync(ct).ConfigureAwait(false))
            .Where(counts => queues is null || queues.Any(pattern => Names.Matches(pattern, counts.Queue))),
    ];

    /// <summary>Wakes for nothing, ten times a second: the spike has no feed of events yet.</summary>
    public async ValueTask<long> WaitForChangeAsync(long seen, CancellationToken ct)
    {
        await Task.Delay(TimeSpan.FromMilliseconds(seen == 0 ? 0 : 100), Session.Time, ct).ConfigureAwait(false);
        return seen + 1;
    }

    public ValueTask<IReadOnlyList<Finding>> DiagnoseAsync(CancellationToken ct) =>
        new([new("server", Severity.Ok, $"nats-server {Session.Connection.ServerInfo?.Version}")]);

    public ValueTask<JobPage> ListAsync(JobFilter filter, string? after, int limit, CancellationToken ct) => throw NotYet("lists");

    public ValueTask<CancelResult> DeleteAsync(JobId id, CancellationToken ct) => throw NotYet("deletion");

    public ValueTask<JobSnapshot?> ResultAsync(JobId id, TimeSpan wait, CancellationToken ct) => throw NotYet("results");

    public ValueTask SetQueueAsync(string queue, QueueChange change, CancellationToken ct) => throw NotYet("queue settings");

    public ValueTask<long> PurgeAsync(string queue, CancellationToken ct) => throw NotYet("purges");

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync().ConfigureAwait(false);
        await _cancellations.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Session.DisposeAsync().ConfigureAwait(false);
        _end.Dispose();
    }

    /// <summary>The queues that a feed serves now, in its order.</summary>
    internal async ValueTask<IReadOnlyList<string>> QueuesAsync(IReadOnlyList<QueueSource> sources, CancellationToken ct)
    {
        var served = new List<string>();
        foreach (var source in sources)
        {
            if (Names.IsName(source.NameOrPattern))
            {
                served.Add(source.NameOrPattern);
                continue;
            }

            foreach (var counts in await CountsAsync([source.NameOrPattern], ct).ConfigureAwait(false))
            {
                await Consumers.EnsureAsync(counts.Queue, ct).ConfigureAwait(false);
                served.Add(counts.Queue);
            }
        }

        return served;
    }

    /// <summary>Takes note of a claim. False: the job has gone on or was cancelled, and the message is to be dropped.</summary>
    internal async ValueTask<bool> TryBeginAsync(NatsClaim claim, CancellationToken ct)
    {
        var id = claim.Envelope.Address.Id;
        if (claim.Deliveries > 1 && (await _settler.IsSupersededAsync(claim, ct).ConfigureAwait(false) || await Session.IsCancelRequestedAsync(id, ct).ConfigureAwait(false)))
        {
            return false;
        }

        _running[id] = claim;
        return true;
    }

    private async ValueTask<bool> IsDeliveredAsync(Stored job, CancellationToken ct)
    {
        var address = Subjects.Parse(job.Subject);
        return address.Stage == Stage.Ready && await Consumers.IsDeliveredAsync(address, job.Sequence, ct).ConfigureAwait(false);
    }

    private static NotSupportedException NotYet(string what) => new($"The NATS spike has no {what} yet.");

    private async Task<EnqueueResult> EnqueueAsync(NewJob job, CancellationToken ct)
    {
        var envelope = Envelope.Of(job);
        while (true)
        {
            if (await _settler.TryPublishAsync(envelope, job.RunAt, job.Id.ToString(), 0, ct).ConfigureAwait(false) is { } answer)
            {
                return new(job.Id, answer.Duplicate ? EnqueueStatus.Duplicate : EnqueueStatus.Accepted);
            }

            // Refused, and its holder gone since: then it is free again.
            if (await Session.LastAsync(Session.JobsStream, Session.Subjects.WithKey(envelope.Address.KeyHash!), ct).ConfigureAwait(false) is { } holder)
            {
                return new(Subjects.Parse(holder.Subject).Id, EnqueueStatus.Duplicate);
            }
        }
    }

    /// <summary>Replaces a schedule by its target in one step; the second of two that try is refused.</summary>
    private async ValueTask<RequeueResult> RunNowAsync(Stored schedule, CancellationToken ct)
    {
        var job = Envelope.Read(schedule.Subject, schedule.Headers, schedule.Body) with { NotBefore = null };
        var headers = job.Headers();
        headers[Header.Scheduler] = schedule.Subject;
        headers[Header.ScheduleNext] = "purge";
        headers[Header.ExpectedSequence] = schedule.Sequence.ToString(CultureInfo.InvariantCulture);
        headers[Header.ExpectedSubject] = schedule.Subject;
        var target = Session.Subjects.Of(job.Address with { Stage = Stage.Ready });
        var answer = await Session.TryPublishAsync(target, job.Payload, headers, ct).ConfigureAwait(false);
        return answer is null ? RequeueResult.Refused : RequeueResult.Requeued;
    }

    private async Task WatchCancellationsAsync()
    {
        await foreach (var message in Session.Connection.SubscribeAsync<byte[]>(Session.Subjects.AllCancellations, cancellationToken: _end.Token).ConfigureAwait(false))
        {
            if (JobId.TryParse(message.Subject[(message.Subject.LastIndexOf('.') + 1)..], out var id) && _running.TryGetValue(id, out var claim))
            {
                claim.RequestCancel();
            }
        }
    }
}
