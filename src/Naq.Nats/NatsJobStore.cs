using System.Collections.Concurrent;
using NATS.Client.Core;
using Naq.Brokers;

namespace Naq.Nats;

/// <summary>Jobs on NATS JetStream, as far as the spike goes.</summary>
internal sealed class NatsJobStore : IJobStore
{
    private readonly Settler _settler;
    private readonly JobAdmin _admin;
    private readonly ConcurrentDictionary<JobId, NatsClaim> _running = [];
    private readonly CancellationTokenSource _end = new();
    private readonly Task _cancellations;

    public NatsJobStore(Session session)
    {
        Session = session;
        Consumers = new(session);
        _settler = new(session);
        _admin = new(session, Consumers, _settler);
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
            JobId[] ids = [.. jobs.Select(static job => job.Id)];
            throw new EnqueueOutcomeUnknownException("The server did not answer an enqueue. Repeat it with the same ids.", ids, lost);
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

    public ValueTask<CancelResult> CancelAsync(JobId id, CancellationToken ct) => _admin.CancelAsync(id, ct);

    public ValueTask<JobSnapshot?> FindAsync(JobId id, CancellationToken ct) => _admin.FindAsync(id, ct);

    public ValueTask<RequeueResult> RequeueAsync(JobId id, CancellationToken ct) => _admin.RequeueAsync(id, ct);

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
        if (claim.Deliveries > 1)
        {
            var isOver = await _settler.IsSupersededAsync(claim, ct).ConfigureAwait(false)
                || await Session.IsCancelRequestedAsync(id, ct).ConfigureAwait(false);
            if (isOver)
            {
                return false;
            }
        }

        _running[id] = claim;
        return true;
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
            var withKey = Session.Subjects.WithKey(envelope.Address.KeyHash!);
            if (await Session.LastAsync(Session.JobsStream, withKey, ct).ConfigureAwait(false) is { } holder)
            {
                return new(Subjects.Parse(holder.Subject).Id, EnqueueStatus.Duplicate);
            }
        }
    }

    private async Task WatchCancellationsAsync()
    {
        var requests = Session.Connection.SubscribeAsync<byte[]>(Session.Subjects.AllCancellations, cancellationToken: _end.Token);
        await foreach (var request in requests.ConfigureAwait(false))
        {
            if (JobId.TryParse(request.Subject.Split('.')[^1], out var id) && _running.TryGetValue(id, out var claim))
            {
                claim.RequestCancel();
            }
        }
    }
}
