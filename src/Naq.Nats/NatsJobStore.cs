using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using NATS.Client.Core;
using Naq.Brokers;
using Naq.Nats.Claims;
using Naq.Nats.Queues;
using Naq.Nats.Records;
using Naq.Nats.Server;
using Naq.Nats.Wire;

namespace Naq.Nats;

/// <summary>Jobs on NATS JetStream. See README.md for where what is.</summary>
internal sealed class NatsJobStore : IJobStore
{
    private readonly ILogger _log;
    private readonly Counters _counters;
    private readonly QueueReport _report;
    private readonly History _history;
    private readonly Settler _settler;
    private readonly Enqueuer _enqueuer;
    private readonly JobAdmin _admin;
    private readonly JobLists _lists;
    private readonly Janitor _janitor;
    private readonly Endings _endings;
    private readonly ConcurrentDictionary<JobId, NatsClaim> _running = [];
    private readonly ConcurrentDictionary<NatsJobFeed, bool> _feeds = [];
    private readonly CancellationTokenSource _end = new();
    private Task _cancellations = Task.CompletedTask;
    private Task _asking = Task.CompletedTask;
    private int _isClosed;

    private NatsJobStore(Link link, IClusterStore cluster, ILogger log)
    {
        (Link, Cluster, _log) = (link, cluster, log);
        Queues = new(link, cluster);
        _counters = new(link);
        _report = new(link, Queues, _counters);
        _history = new(link);
        _settler = new(link, Queues, _counters, _history, log);
        _enqueuer = new(link, Queues, _report, _settler);
        _admin = new(link, Queues, _counters, _settler, _enqueuer, _history);
        _lists = new(link, Queues, _history);
        _janitor = new(link, cluster, Queues, _settler, () => _running.Values, log);
        _endings = new(link);
    }

    public Link Link { get; }

    public IClusterStore Cluster { get; }

    public QueueList Queues { get; }

    public TimeSpan LeaseDuration => Link.Lease;

    public static async ValueTask<NatsJobStore> OpenAsync(Link link, IClusterStore cluster, ILogger log, CancellationToken ct)
    {
        var store = new NatsJobStore(link, cluster, log);
        await store.Queues.OpenAsync(ct).ConfigureAwait(false);
        link.Reconnected += store.AskForCancellations;
        return store;
    }

    public async ValueTask<IReadOnlyList<EnqueueResult>> EnqueueAsync(IReadOnlyList<NewJob> jobs, CancellationToken ct)
    {
        try
        {
            return await _enqueuer.EnqueueAsync(jobs, ct).ConfigureAwait(false);
        }
        catch (Exception lost) when (Failures.IsOperational(lost, ct))
        {
            throw new EnqueueOutcomeUnknownException($"{Link.Options.Address} did not answer an enqueue. Repeat it with the same ids.", [.. jobs.Select(static job => job.Id)], lost);
        }
    }

    public async ValueTask<IJobFeed> OpenFeedAsync(FeedOptions options, CancellationToken ct)
    {
        if (_cancellations.IsCompleted)
        {
            var requests = await Link.Connection.SubscribeCoreAsync<byte[]>(Link.Subjects.AllCancellations, cancellationToken: ct).ConfigureAwait(false);
            _cancellations = WatchCancellationsAsync(requests);
        }

        _janitor.Start();
        var feed = await Failures.GuardAsync(Link, ct => NatsJobFeed.OpenAsync(this, options, _log, ct), ct).ConfigureAwait(false);
        _feeds[feed] = true;
        return feed;
    }

    public ValueTask<IReadOnlyList<SettleResult>> SettleAsync(IReadOnlyList<Settlement> settlements, CancellationToken ct) => Failures.GuardAsync(Link, async ct =>
    {
        var answers = await _settler.SettleAsync(settlements, ct).ConfigureAwait(false);
        for (var i = 0; i < answers.Length; i++)
        {
            var claim = (NatsClaim)settlements[i].Lease.Handle;
            _ = _running.TryRemove(new(claim.Id, claim));
            if (answers[i] == SettleResult.LeaseLost)
            {
                claim.End();
            }
        }

        return (IReadOnlyList<SettleResult>)answers;
    }, ct);

    public ValueTask<IReadOnlyList<LeaseStatus>> ExtendAsync(IReadOnlyList<Lease> leases, CancellationToken ct) => Failures.GuardAsync(Link, async ct =>
        (IReadOnlyList<LeaseStatus>)await Task.WhenAll(leases.Select(lease => ExtendAsync((NatsClaim)lease.Handle, ct))).ConfigureAwait(false), ct);

    public ValueTask<IReadOnlyList<LeaseStatus>> ReportAsync(IReadOnlyList<JobReport> reports, CancellationToken ct) => Failures.GuardAsync(Link, async ct =>
        (IReadOnlyList<LeaseStatus>)await Task.WhenAll(reports.Select(report => ReportAsync(report, ct))).ConfigureAwait(false), ct);

    public ValueTask<CancelResult> CancelAsync(JobId id, CancellationToken ct) => ReadingHistoryAsync(ct => _admin.CancelAsync(id, ct), ct);

    public ValueTask<JobSnapshot?> FindAsync(JobId id, CancellationToken ct) => ReadingHistoryAsync(ct => _admin.FindAsync(id, ct), ct);

    public ValueTask<JobPage> ListAsync(JobFilter filter, string? after, int limit, CancellationToken ct) => ReadingHistoryAsync(async ct =>
    {
        await _settler.ConfirmedAsync(ct).ConfigureAwait(false);
        return await _lists.ListAsync(filter, after, limit, ct).ConfigureAwait(false);
    }, ct);

    public ValueTask<RequeueResult> RequeueAsync(JobId id, CancellationToken ct) => ReadingHistoryAsync(ct => _admin.RequeueAsync(id, ct), ct);

    public ValueTask<CancelResult> DeleteAsync(JobId id, CancellationToken ct) => ReadingHistoryAsync(ct => _admin.DeleteAsync(id, ct), ct);

    public async ValueTask<JobSnapshot?> ResultAsync(JobId id, TimeSpan wait, CancellationToken ct)
    {
        var deadline = Link.Time.GetTimestamp() + (long)(wait.TotalSeconds * Link.Time.TimestampFrequency);
        using var listening = await _endings.ListenAsync(id, ct).ConfigureAwait(false);
        while (true)
        {
            var job = await FindAsync(id, ct).ConfigureAwait(false) ?? throw new JobNotFoundException(id);
            if (job.State.IsFinal())
            {
                return job;
            }

            var left = TimeSpan.FromSeconds((deadline - Link.Time.GetTimestamp()) / (double)Link.Time.TimestampFrequency);
            if (left <= TimeSpan.Zero)
            {
                return null;
            }

            await listening.WaitAsync(left, ct).ConfigureAwait(false);
        }
    }

    public ValueTask<IReadOnlyList<QueueCounts>> CountsAsync(IReadOnlyList<string>? queues, CancellationToken ct) => Failures.GuardAsync(Link, async ct =>
    {
        await _settler.ConfirmedAsync(ct).ConfigureAwait(false);
        return await _report.ReadAsync(queues, ct).ConfigureAwait(false);
    }, ct);

    /// <summary>Every change leaves a message in some stream, but for claims: those are found by a look each second.</summary>
    public async ValueTask<long> WaitForChangeAsync(long seen, CancellationToken ct)
    {
        var until = Link.Time.GetTimestamp() + Link.Time.TimestampFrequency;
        while (true)
        {
            var now = await Failures.GuardAsync(Link, ReadChangesAsync, ct).ConfigureAwait(false);
            if (now != seen || Link.Time.GetTimestamp() >= until)
            {
                return now == seen ? now + 1 : now;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), Link.Time, ct).ConfigureAwait(false);
        }
    }

    public async ValueTask SetQueueAsync(string queue, QueueChange change, CancellationToken ct) => _ = await Failures.GuardAsync(Link, async ct =>
    {
        await Queues.ChangeAsync(queue, record => record with
        {
            IsPaused = change.IsPaused ?? record.IsPaused,
            MaxLength = change.MaxLength switch { null => record.MaxLength, 0 => null, var bound => bound },
        }, ct).ConfigureAwait(false);
        return true;
    }, ct).ConfigureAwait(false);

    public ValueTask<long> PurgeAsync(string queue, CancellationToken ct) => Failures.GuardAsync(Link, ct => _admin.PurgeAsync(queue, ct), ct);

    public ValueTask<QueueDeletion> DeleteQueueAsync(string queue, CancellationToken ct) => Failures.GuardAsync(Link, ct => _admin.DeleteQueueAsync(queue, ct), ct);

    public ValueTask<IReadOnlyList<Finding>> DiagnoseAsync(CancellationToken ct) =>
        Failures.GuardAsync(Link, ct => new Diagnosis(Link, Queues, _report, _history, Cluster).ReadAsync(_feeds.Keys.Sum(static feed => feed.Stalls), ct), ct);

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isClosed, 1) != 0)
        {
            return;
        }

        foreach (var feed in _feeds.Keys)
        {
            await feed.DisposeAsync().ConfigureAwait(false);
        }

        Link.Reconnected -= AskForCancellations;
        await _janitor.DisposeAsync().ConfigureAwait(false);
        await _asking.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(2), Link.Time);
        await _settler.ConfirmedAsync(patience.Token).AsTask().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _counters.FlushAsync(patience.Token).AsTask().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _end.CancelAsync().ConfigureAwait(false);
        await _cancellations.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Queues.DisposeAsync().ConfigureAwait(false);
        await _endings.DisposeAsync().ConfigureAwait(false);
        await Link.DisposeAsync().ConfigureAwait(false);
        _history.Dispose();
        _end.Dispose();
    }

    /// <summary>Takes note of a claim. False: nothing is to be run, and the message was dealt with.</summary>
    internal async ValueTask<bool> TryBeginAsync(NatsClaim claim, CancellationToken ct)
    {
        if (claim.Deliveries > 1 || claim.Envelope.IsReported)
        {
            claim.Report = await _settler.FindReportAsync(claim.Id, ct).ConfigureAwait(false);
        }

        if (claim.Deliveries > 1)
        {
            if (await _settler.IsOverAsync(claim, ct).ConfigureAwait(false))
            {
                await Link.ConfirmAsync(claim.Reply, "+ACK", ct).ConfigureAwait(false);
                return false;
            }

            if (await _settler.IsCancelRequestedAsync(claim.Id, ct).ConfigureAwait(false))
            {
                await _settler.CancelAsync(claim, ct).ConfigureAwait(false);
                return false;
            }
        }

        if (claim.IsAlone && claim.LostDeliveries > 0)
        {
            await _settler.ConvictAsync(claim, ct).ConfigureAwait(false);
            return false;
        }

        if (!claim.IsAlone && claim.Interruptions >= 2)
        {
            await _settler.SetApartAsync(claim, ct).ConfigureAwait(false);
            return false;
        }

        _running[claim.Id] = claim;
        return true;
    }

    internal void Closed(NatsJobFeed feed) => _feeds.TryRemove(feed, out _);

    private async Task<LeaseStatus> ReportAsync(JobReport report, CancellationToken ct)
    {
        var claim = (NatsClaim)report.Lease.Handle;
        if (!claim.IsHeld(Link.Time))
        {
            return LeaseStatus.Lost;
        }

        await _settler.ReportAsync(claim, (claim.Report ?? Report.None).With(report), ct).ConfigureAwait(false);
        return claim.IsCancelRequested ? LeaseStatus.CancelRequested : LeaseStatus.Held;
    }

    /// <summary>Reading a long history for the first time may take longer than any call: while it gets on, it is gone on with.</summary>
    private async ValueTask<T> ReadingHistoryAsync<T>(Func<CancellationToken, ValueTask<T>> act, CancellationToken ct)
    {
        while (true)
        {
            var upTo = _history.UpTo;
            try
            {
                return await Failures.GuardAsync(Link, act, ct).ConfigureAwait(false);
            }
            catch (BrokerUnavailableException) when (_history.UpTo > upTo)
            {
                // The next try begins where this one was.
            }
        }
    }

    private async Task<LeaseStatus> ExtendAsync(NatsClaim claim, CancellationToken ct)
    {
        var since = Link.Time.GetTimestamp();
        if (!claim.IsHeld(Link.Time))
        {
            claim.End();
            return LeaseStatus.Lost;
        }

        await Link.ConfirmAsync(claim.Reply, "+WPI", ct).ConfigureAwait(false);
        claim.HoldSince(since, Link.Lease, Link.Time);
        return claim.IsCancelRequested ? LeaseStatus.CancelRequested : LeaseStatus.Held;
    }

    private async ValueTask<long> ReadChangesAsync(CancellationToken ct)
    {
        var infos = await Task.WhenAll(((string[])[Link.JobsStream, Link.DeadStream, Link.RecordStream, Link.EventStream, Link.CounterStream])
            .Select(stream => Link.InfoAsync(stream, ct).AsTask())).ConfigureAwait(false);
        return 2 * infos.Sum(static info => (long)info.State.LastSeq);
    }

    private async Task WatchCancellationsAsync(INatsSub<byte[]> requests)
    {
        await using (requests.ConfigureAwait(false))
        {
            await foreach (var request in requests.Msgs.ReadAllAsync(_end.Token).ConfigureAwait(false))
            {
                if (Subjects.IdOf(request.Subject) is { } id && _running.TryGetValue(id, out var claim))
                {
                    claim.RequestCancel();
                }
            }
        }
    }

    /// <summary>Requests to cancel that came while the connection was lost.</summary>
    private void AskForCancellations() => _asking = Task.WhenAll([_asking, .. _running.Values.Select(async claim =>
    {
        while (claim.IsHeld(Link.Time) && !_end.IsCancellationRequested)
        {
            try
            {
                if (await _settler.IsCancelRequestedAsync(claim.Id, _end.Token).ConfigureAwait(false))
                {
                    claim.RequestCancel();
                }

                return;
            }
            catch (Exception error) when (Failures.IsOperational(error, _end.Token))
            {
                // Again for as long as it runs.
                await Task.Delay(Link.Lease / 8, Link.Time, _end.Token).ConfigureAwait(false);
            }
        }
    })]);
}
