using System.Globalization;

namespace Naq.Brokers.Memory;

/// <summary>The rules: what an enqueue, a person or the passing of time does to the jobs. Guarded by the store's lock.</summary>
internal sealed class JobEngine(MemoryBrokerOptions options, TimeProvider time, JobTable table)
{
    private readonly UniqueKeys _uniques = new(time);

    /// <summary>Finished jobs and dead letters that were forgotten to keep the bounds.</summary>
    public long Trimmed { get; private set; }

    public EnqueueResult Enqueue(NewJob job, Moment now)
    {
        var queue = table.Queue(job.Queue);
        if (table.Find(job.Id) is not null)
        {
            return new(job.Id, EnqueueStatus.Duplicate);
        }

        if (queue.IsFull)
        {
            return new(job.Id, EnqueueStatus.QueueFull);
        }

        if (_uniques.Take(job, now) is { } holder)
        {
            return new(holder, EnqueueStatus.Duplicate);
        }

        queue.EnqueuedTotal++;
        var isLater = job.RunAt > now.Wall;
        queue.ReadyTotal += isLater ? 0 : 1;
        table.Add(job, queue, isLater ? job.RunAt : null, now);
        return new(job.Id, EnqueueStatus.Accepted);
    }

    /// <summary>Takes back what ran out of its lease, and makes ready what is due. False: nothing was.</summary>
    public bool CatchUp(Moment now)
    {
        var isChanged = false;
        while (table.NextExpiring is { } orphan && orphan.LeaseEnds <= now.Stamp)
        {
            LoseLease(orphan, now);
            isChanged = true;
        }

        while (table.NextDue is { } due && due.At <= now.Wall)
        {
            MakeReady(due, JobEvent.Due, now);
            isChanged = true;
        }

        return isChanged;
    }

    public SettleResult Settle(in Settlement settlement, Moment now)
    {
        var job = (JobRow)settlement.Lease.Handle;
        if (!Claims.IsHeld(settlement.Lease))
        {
            return SettleResult.LeaseLost;
        }

        job.StartedAt = settlement.StartedAt;
        job.Log = settlement.Log ?? job.Log;
        switch (settlement.Kind)
        {
            case SettleKind.Succeed:
                job.Attempts++;
                job.Result = settlement.Result.IsEmpty ? null : new(settlement.Result, settlement.ResultTtl is { } ttl ? now.Stamp + time.Counts(ttl) : null);
                job.Failure = null;
                End(job, JobEvent.Succeed, now);
                break;
            case SettleKind.Dead:
                job.Attempts++;
                job.Failure = new(settlement.Reason, settlement.Error);
                End(job, JobEvent.GiveUp, now);
                break;
            case SettleKind.Cancelled:
            case SettleKind.Retry or SettleKind.Snooze or SettleKind.HandBack when job.IsCancelRequested:
                End(job, JobEvent.Cancel, now);
                break;
            case SettleKind.Retry:
                job.Attempts++;
                job.Queue.FailedTotal++;
                job.Failure = new(settlement.Reason, settlement.Error);
                RunLater(job, settlement.DueAt, now);
                break;
            case SettleKind.Snooze:
                RunLater(job, settlement.DueAt, now);
                break;
            case SettleKind.HandBack:
                Claims.End(job);
                PutBack(job, JobEvent.HandBack, now);
                break;
        }

        return SettleResult.Settled;
    }

    /// <summary>Keeps what a running job says of itself.</summary>
    public static LeaseStatus Report(in JobReport report)
    {
        if (!Claims.IsHeld(report.Lease))
        {
            return LeaseStatus.Lost;
        }

        var job = (JobRow)report.Lease.Handle;
        var before = job.Said ?? JobSaid.Nothing;
        job.Said = new(report.Progress ?? before.Progress, report.Note ?? before.Note, report.Checkpoint ?? before.Checkpoint);
        return job.IsCancelRequested ? LeaseStatus.CancelRequested : LeaseStatus.Held;
    }

    public CancelResult Cancel(JobId id, Moment now)
    {
        switch (table.Find(id))
        {
            case null:
                return CancelResult.NotFound;
            case { State: JobState.Running } running:
                running.IsCancelRequested = true;
                return CancelResult.Requested;
            case { State: var state } when state.IsFinal():
                return CancelResult.Finished;
            case var waiting:
                table.Move(waiting, JobEvent.Cancel, now.Wall);
                _uniques.Release(waiting.Job, now);
                Trim();
                return CancelResult.Cancelled;
        }
    }

    public RequeueResult Requeue(JobId id, Moment now)
    {
        if (table.Find(id) is not { } job)
        {
            return RequeueResult.NotFound;
        }

        if (job.State == JobState.Scheduled)
        {
            MakeReady(job, JobEvent.Due, now);
            return RequeueResult.Requeued;
        }

        if (JobStates.Next(job.State, JobEvent.Requeue) is null || !_uniques.Retake(job.Job, now))
        {
            return RequeueResult.Refused;
        }

        (job.Attempts, job.Interruptions) = (0, 0);
        MakeReady(job, JobEvent.Requeue, now);
        return RequeueResult.Requeued;
    }

    public CancelResult Delete(JobId id, Moment now)
    {
        switch (table.Find(id))
        {
            case null:
                return CancelResult.NotFound;
            case { State: JobState.Running }:
                return CancelResult.Requested;
            case var job:
                Forget(job, now);
                return CancelResult.Cancelled;
        }
    }

    public long Purge(string queue, Moment now)
    {
        List<JobRow> waiting = [.. table.WaitingIn(table.Queue(queue))];
        foreach (var job in waiting)
        {
            Forget(job, now);
        }

        return waiting.Count;
    }

    public QueueDeletion DeleteQueue(string name, Moment now)
    {
        if (table.FindQueue(name) is not { } queue)
        {
            return new(QueueDeletionStatus.NotFound, 0);
        }

        if (queue.InFlight > 0)
        {
            return new(QueueDeletionStatus.Refused, 0);
        }

        List<JobRow> jobs = [.. table.WaitingIn(queue), .. table.Dead.OldestFirst().Where(job => job.Queue == queue)];
        foreach (var job in jobs)
        {
            Forget(job, now);
        }

        queue.Leave();
        return new(QueueDeletionStatus.Deleted, jobs.Count);
    }

    /// <summary>One page, newest first. Reads past what does not match: a filter that matches little costs a look at every job.</summary>
    public JobPage List(JobFilter filter, string? after, int limit, Moment now)
    {
        var jobs = new List<JobSnapshot>(limit);
        var before = after is null ? long.MaxValue : long.Parse(after, CultureInfo.InvariantCulture);
        foreach (var job in table.NewestFirst(before))
        {
            if (job.Snapshot(now, isFull: false) is var snapshot && filter.Matches(snapshot))
            {
                if (jobs.Count == limit)
                {
                    return new(jobs, before.ToString(CultureInfo.InvariantCulture));
                }

                before = job.Number;
                jobs.Add(snapshot);
            }
        }

        return new(jobs, null);
    }

    private void LoseLease(JobRow job, Moment now)
    {
        job.Interruptions++;
        if (job.IsCancelRequested)
        {
            End(job, JobEvent.Cancel, now);
        }
        else if (Claims.IsAlone(job))
        {
            job.Failure = new("poison", $"Its worker died or lost its lease {job.Interruptions} times, the last time while it ran alone.");
            End(job, JobEvent.GiveUp, now);
        }
        else
        {
            Claims.End(job);
            PutBack(job, JobEvent.LoseLease, now);
        }
    }

    private void RunLater(JobRow job, DateTimeOffset dueAt, Moment now)
    {
        Claims.End(job);
        job.Queue.CompletedTotal++;
        table.Move(job, JobEvent.RunLater, dueAt);
        if (dueAt <= now.Wall)
        {
            MakeReady(job, JobEvent.Due, now);
        }
    }

    /// <summary>Ready by its own doing: counts as an arrival.</summary>
    private void MakeReady(JobRow job, JobEvent happened, Moment now)
    {
        job.Queue.ReadyTotal++;
        PutBack(job, happened, now);
    }

    private void PutBack(JobRow job, JobEvent happened, Moment now)
    {
        table.Move(job, happened, now.Wall);
    }

    /// <summary>Ends the job together with its claim.</summary>
    private void End(JobRow job, JobEvent happened, Moment now)
    {
        Claims.End(job);
        job.Queue.CompletedTotal++;
        job.Queue.FailedTotal += happened == JobEvent.GiveUp ? 1 : 0;
        table.Move(job, happened, now.Wall);
        _uniques.Release(job.Job, now);
        Trim();
    }

    private void Forget(JobRow job, Moment now)
    {
        table.Remove(job);
        if (!job.State.IsFinal())
        {
            _uniques.Release(job.Job, now);
        }
    }

    private void Trim()
    {
        while (table.Finished.Count > options.MaxFinished)
        {
            table.Remove(table.Finished.Oldest!); // more than none are there
            Trimmed++;
        }

        while (table.Dead.Count > options.MaxDead)
        {
            table.Remove(table.Dead.Oldest!);
            Trimmed++;
        }
    }
}
