using Naq.Brokers;
using Naq.Sqlite.Tables;

namespace Naq.Sqlite;

/// <summary>Jobs in a SQLite file: reads on a connection of their own, writes through the writer thread.</summary>
internal sealed class SqliteJobStore(Session session) : IJobStore
{
    public TimeSpan LeaseDuration => session.Lease;

    /// <summary>Names this process's wake-up socket.</summary>
    public long WakeId => session.Wakeups.Owner;

    private Reads Reads => session.Reads;

    private Writer Writer => session.Writer;

    public async ValueTask<IReadOnlyList<EnqueueResult>> EnqueueAsync(IReadOnlyList<NewJob> jobs, CancellationToken ct)
    {
        if (jobs.Count == 0)
        {
            return [];
        }

        if (session.Disk.IsShort)
        {
            return Refused(jobs);
        }

        var op = new WriteOp<EnqueueResult[]>(WriteRank.Enqueue, side => side.Enqueues.Store(side.Tx, jobs));
        Writer.Post(op);
        try
        {
            return await op.WaitAsync(ct).ConfigureAwait(false);
        }
        catch (DiskFullFault)
        {
            return Refused(jobs);
        }
        catch (SyncFault fault)
        {
            throw new EnqueueOutcomeUnknownException($"{fault.Message} Repeat the enqueue with the same ids.", [.. jobs.Select(static job => job.Id)], fault);
        }
    }

    public ValueTask<IJobFeed> OpenFeedAsync(FeedOptions options, CancellationToken ct)
    {
        var feed = new SqliteJobFeed(this, options, session.Random.NextInt64(1, long.MaxValue), session.Random);
        session.Feeds.Add(feed);
        return ValueTask.FromResult<IJobFeed>(feed);
    }

    public async ValueTask<IReadOnlyList<SettleResult>> SettleAsync(IReadOnlyList<Settlement> settlements, CancellationToken ct)
    {
        if (settlements.Count == 0)
        {
            return [];
        }

        var batch = new SettleBatch(settlements);
        var op = new WriteOp<SettleResult[]>(WriteRank.Settle, side =>
        {
            var results = new SettleResult[batch.Count];
            side.Settles.Settle(side.Tx, batch, results);
            return results;
        });
        Writer.Post(op);
        var answers = await op.WaitAsync(ct).ConfigureAwait(false);
        foreach (var settlement in settlements)
        {
            ((SqliteClaim)settlement.Lease.Handle).End();
        }

        return answers;
    }

    public async ValueTask<IReadOnlyList<LeaseStatus>> ExtendAsync(IReadOnlyList<Lease> leases, CancellationToken ct)
    {
        var answers = new LeaseStatus[leases.Count];
        var op = new WriteOp<bool>(WriteRank.Lease, side =>
        {
            Array.Fill(answers, LeaseStatus.Lost);
            foreach (var feed in leases.Select(static l => ((SqliteClaim)l.Handle).Feed).Distinct())
            {
                side.Sessions.Extend(side.Tx, feed, leases, answers);
            }

            return true;
        });
        Writer.Post(op);
        _ = await op.WaitAsync(ct).ConfigureAwait(false);
        for (var i = 0; i < answers.Length; i++)
        {
            if (answers[i] == LeaseStatus.Lost)
            {
                ((SqliteClaim)leases[i].Handle).End();
            }
        }

        return answers;
    }

    public ValueTask<IReadOnlyList<LeaseStatus>> ReportAsync(IReadOnlyList<JobReport> reports, CancellationToken ct) =>
        ChangeAsync<IReadOnlyList<LeaseStatus>>(side => [.. reports.Select(report => side.Reports.Keep(report))], ct);

    public ValueTask<CancelResult> CancelAsync(JobId id, CancellationToken ct) => ChangeAsync(side => side.Admin.Cancel(side.Tx, id), ct);

    public ValueTask<RequeueResult> RequeueAsync(JobId id, CancellationToken ct) => ChangeAsync(side => side.Admin.Requeue(side.Tx, id), ct);

    public ValueTask<CancelResult> DeleteAsync(JobId id, CancellationToken ct) => ChangeAsync(side => side.Admin.Delete(side.Tx, id), ct);

    public ValueTask<JobSnapshot?> FindAsync(JobId id, CancellationToken ct) => new(Reads.Find(id, session.Clock.WallMs));

    public ValueTask<JobPage> ListAsync(JobFilter filter, string? after, int limit, CancellationToken ct) =>
        new(Reads.List(filter, after, limit, session.Clock.WallMs));

    public ValueTask<IReadOnlyList<QueueCounts>> CountsAsync(IReadOnlyList<string>? queues, CancellationToken ct) =>
        new(Reads.Counts(queues, session.Clock.WallMs));

    public async ValueTask<JobSnapshot?> ResultAsync(JobId id, TimeSpan wait, CancellationToken ct)
    {
        using var patience = new CancellationTokenSource(wait, session.Clock.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, ct);
        var seen = 0L;
        while (true)
        {
            var job = Reads.Find(id, session.Clock.WallMs) ?? throw new JobNotFoundException(id);
            if (job.State.IsFinal())
            {
                return job;
            }

            try
            {
                seen = await WaitForChangeAsync(seen, either.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!ct.IsCancellationRequested)
            {
                return null;
            }
        }
    }

    public ValueTask<long> WaitForChangeAsync(long seen, CancellationToken ct) => session.Changes.WaitAsync(seen, ct);

    public async ValueTask SetQueueAsync(string queue, QueueChange change, CancellationToken ct) =>
        _ = await ChangeAsync(
            side =>
            {
                side.Catalog.Change(side.Tx, queue, change.IsPaused, change.MaxLength);
                return true;
            },
            ct).ConfigureAwait(false);

    public async ValueTask<long> PurgeAsync(string queue, CancellationToken ct)
    {
        var (purged, step) = (0L, 0);
        do
        {
            step = await ChangeAsync(side => side.Admin.Purge(side.Tx, side.Catalog.Queue(side.Tx, queue).Id), ct).ConfigureAwait(false);
            purged += step;
        }
        while (step > 0);
        return purged;
    }

    public async ValueTask<QueueDeletion> DeleteQueueAsync(string queue, CancellationToken ct)
    {
        for (var deleted = 0L; ;)
        {
            var (status, jobs) = await ChangeAsync(side => side.Admin.DeleteQueue(side.Tx, queue), ct).ConfigureAwait(false);
            deleted += jobs;
            if (status is { } ended)
            {
                return new(ended, deleted);
            }
        }
    }

    public ValueTask<IReadOnlyList<Finding>> DiagnoseAsync(CancellationToken ct) => new(Diagnosis.Of(session));

    public ValueTask DisposeAsync() => session.DisposeAsync();

    /// <summary>Asks the writer to look for jobs.</summary>
    internal void Ask() => Writer.Ask();

    /// <summary>Runs a change in the next transaction.</summary>
    internal async ValueTask<T> ChangeAsync<T>(Func<WriteSide, T> change, CancellationToken ct)
    {
        var op = new WriteOp<T>(WriteRank.Change, change);
        Writer.Post(op);
        return await op.WaitAsync(ct).ConfigureAwait(false);
    }

    /// <summary>Hands back what a feed never delivered, and ends its session once nothing runs under it.</summary>
    internal async ValueTask CloseFeedAsync(SqliteJobFeed feed, IReadOnlyList<ClaimedJob> unread)
    {
        session.Feeds.Remove(feed);
        _ = await SettleAsync([.. unread.Select(static job => new Settlement(job.Lease, SettleKind.HandBack))], CancellationToken.None).ConfigureAwait(false);
        _ = await ChangeAsync(
            side =>
            {
                if (feed.Unsettled == 0)
                {
                    side.Sessions.Close(feed.Session);
                }

                return true;
            },
            CancellationToken.None).ConfigureAwait(false);
    }

    private static EnqueueResult[] Refused(IReadOnlyList<NewJob> jobs) => [.. jobs.Select(static job => new EnqueueResult(job.Id, EnqueueStatus.DiskFull))];
}
