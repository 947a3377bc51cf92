using System.Globalization;
using NATS.Client.Core;
using Naq.Brokers;
using Naq.Nats.Claims;
using Naq.Nats.Queues;
using Naq.Nats.Server;
using Naq.Nats.Wire;

namespace Naq.Nats.Records;

/// <summary>Finds, cancels, deletes and puts back single jobs by their id, and empties queues.</summary>
internal sealed class JobAdmin(Link link, QueueList queues, Counters counters, Settler settler, Enqueuer enqueuer, History history)
{
    /// <summary>How long a request to cancel is remembered, for a worker that claims the job later.</summary>
    private static readonly TimeSpan CancellationsLive = TimeSpan.FromDays(1);

    public async ValueTask<JobSnapshot?> FindAsync(JobId id, CancellationToken ct)
    {
        await settler.ConfirmedAsync(ct).ConfigureAwait(false);

        // A job that moves while it is looked for may be missed in both places: then once more.
        var said = settler.FindReportAsync(id, ct).AsTask();
        var found = await FindOnceAsync(id, ct).ConfigureAwait(false) ?? await FindOnceAsync(id, ct).ConfigureAwait(false);
        var report = await said.ConfigureAwait(false);
        return found is null || report is null ? found : found with { Progress = report.Progress, Note = report.Note, Log = report.Log };
    }

    /// <summary>Deletes what was never delivered; asks the worker of what was.</summary>
    /// <remarks>
    /// A deletion is invisible to a worker, so the delivery is looked at again after it: what was not delivered by then never will be.
    /// (A purge would not do: it moves the consumer's mark of what was delivered.)
    /// </remarks>
    public async ValueTask<CancelResult> CancelAsync(JobId id, CancellationToken ct)
    {
        await settler.ConfirmedAsync(ct).ConfigureAwait(false);
        while (await link.FindAsync(link.JobsStream, id, ct).ConfigureAwait(false) is { } job && Subjects.Parse(job.Subject).Stage != Stage.Key)
        {
            switch (await TryRemoveAsync(job, ct).ConfigureAwait(false))
            {
                case CancelResult.Cancelled:
                    _ = await settler.KeepAsync(Envelope.Read(job.Subject, job.Headers, job.Body), Stage.Cancelled, null, null, ct).ConfigureAwait(false);
                    return CancelResult.Cancelled;
                case CancelResult.Requested:
                    await RequestCancelAsync(id, ct).ConfigureAwait(false);
                    return CancelResult.Requested;
            }
        }

        return await FindEndedAsync(id, ct).ConfigureAwait(false) is not null || await history.FindAsync(id, ct).ConfigureAwait(false) is not null
            ? CancelResult.Finished
            : CancelResult.NotFound;
    }

    public async ValueTask<CancelResult> DeleteAsync(JobId id, CancellationToken ct)
    {
        await settler.ConfirmedAsync(ct).ConfigureAwait(false);
        while (await link.FindAsync(link.JobsStream, id, ct).ConfigureAwait(false) is { } job && Subjects.Parse(job.Subject).Stage != Stage.Key)
        {
            var removed = await TryRemoveAsync(job, ct).ConfigureAwait(false);
            if (removed != CancelResult.NotFound)
            {
                return removed;
            }
        }

        _ = await link.PurgeAsync(link.RecordStream, link.Subjects.Report(id), ct).ConfigureAwait(false);
        var isFound = false;
        while (await FindEndedAsync(id, ct).ConfigureAwait(false) is var (stream, ended))
        {
            isFound |= await link.TryDeleteAsync(stream, ended.Sequence, ct).ConfigureAwait(false);
        }

        if (await history.FindAsync(id, ct).ConfigureAwait(false) is not null)
        {
            await history.ForgetAsync(id, ct).ConfigureAwait(false);
            _ = await link.PurgeAsync(link.RecordStream, link.Subjects.Result(id), ct).ConfigureAwait(false);
            isFound = true;
        }

        return isFound ? CancelResult.Cancelled : CancelResult.NotFound;
    }

    public async ValueTask<RequeueResult> RequeueAsync(JobId id, CancellationToken ct)
    {
        await settler.ConfirmedAsync(ct).ConfigureAwait(false);
        if (await link.FindAsync(link.JobsStream, id, ct).ConfigureAwait(false) is { } live && Subjects.Parse(live.Subject).Stage != Stage.Key)
        {
            var isScheduled = Subjects.Parse(live.Subject).Stage == Stage.Scheduled;
            return isScheduled ? await RunNowAsync(live, ct).ConfigureAwait(false) : RequeueResult.Refused;
        }

        if (await FindEndedAsync(id, ct).ConfigureAwait(false) is not var (stream, ended))
        {
            return await history.FindAsync(id, ct).ConfigureAwait(false) is null ? RequeueResult.NotFound : RequeueResult.Refused;
        }

        var job = Envelope.Read(ended.Subject, ended.Headers, ended.Body) with
        {
            Attempts = 0,
            Interruptions = 0,
            Reason = null,
            Error = null,
            StartedAt = null,
            EndedAt = null,
        };
        ulong expected = 0;
        if (job.Address.KeyHash is { } hash && await enqueuer.HolderAsync(hash, ct).ConfigureAwait(false) is var (holder, isOver))
        {
            if (holder.Id != id && !isOver)
            {
                return RequeueResult.Refused;
            }

            expected = holder.Sequence;
        }

        _ = await link.PurgeAsync(link.RecordStream, link.Subjects.Cancellation(id), ct).ConfigureAwait(false);
        var messageId = string.Create(CultureInfo.InvariantCulture, $"{id}:requeue:{ended.Sequence}");
        if (await settler.TryPublishAsync(job, null, messageId, expected, ct).ConfigureAwait(false) is null)
        {
            return RequeueResult.Refused;
        }

        _ = await link.TryDeleteAsync(stream, ended.Sequence, ct).ConfigureAwait(false);
        counters.Add(job.Address.Queue, Departure.Requeued, 1);
        return RequeueResult.Requeued;
    }

    /// <summary>Deletes what waits in a queue. What runs is left alone: where something does, the rest goes one by one.</summary>
    public async ValueTask<long> PurgeAsync(string queue, CancellationToken ct)
    {
        await settler.ConfirmedAsync(ct).ConfigureAwait(false);
        var scheduled = await link.PurgeAsync(link.JobsStream, link.Subjects.InStage(Stage.Scheduled, queue), ct).ConfigureAwait(false);
        long ready = 0;
        foreach (var lane in (queues.All.GetValueOrDefault(queue)?.Lanes ?? "").Intersect(QueueList.ClaimLanes))
        {
            var info = await queues.InfoAsync(queue, lane, ct).ConfigureAwait(false);
            var filter = link.Subjects.LaneOf(queue, lane);
            if (info.NumAckPending > 0)
            {
                ready += await DeleteFromAsync(filter, info.Delivered.StreamSeq + 1, ct).ConfigureAwait(false);
                continue;
            }

            var purged = await link.PurgeAsync(link.JobsStream, filter, ct).ConfigureAwait(false);
            Count(queue, Departure.ReadyRemoved, purged);
            ready += purged;
        }

        Count(queue, Departure.ScheduledRemoved, scheduled);
        return scheduled + ready;
    }

    /// <summary>Deletes a queue with its consumers, while no worker may claim from it. What fails half-way leaves it paused.</summary>
    public async ValueTask<QueueDeletion> DeleteQueueAsync(string queue, CancellationToken ct)
    {
        await settler.ConfirmedAsync(ct).ConfigureAwait(false);
        if (!queues.All.TryGetValue(queue, out var before))
        {
            return new(QueueDeletionStatus.NotFound, 0);
        }

        if (await IsRunningAsync(queue, ct).ConfigureAwait(false))
        {
            return new(QueueDeletionStatus.Refused, 0);
        }

        await queues.ChangeAsync(queue, static record => record with { IsPaused = true }, ct).ConfigureAwait(false);
        var jobs = await PurgeAsync(queue, ct).ConfigureAwait(false);
        if (await IsRunningAsync(queue, ct).ConfigureAwait(false))
        {
            await queues.ChangeAsync(queue, record => record with { IsPaused = before.IsPaused }, ct).ConfigureAwait(false);
            return new(QueueDeletionStatus.Refused, jobs);
        }

        jobs += await link.PurgeAsync(link.DeadStream, link.Subjects.InStage(Stage.Dead, queue), ct).ConfigureAwait(false);
        await queues.DeleteAsync(queue, ct).ConfigureAwait(false);
        await counters.FlushAsync(ct).ConfigureAwait(false);
        _ = await link.PurgeAsync(link.CounterStream, link.Subjects.Counter(queue, '*'), ct).ConfigureAwait(false);
        return new(QueueDeletionStatus.Deleted, jobs);
    }

    private async ValueTask<bool> IsRunningAsync(string queue, CancellationToken ct) =>
        (await queues.InfosAsync([queue], ct).ConfigureAwait(false)).Any(static lane => lane.Info.NumAckPending > 0);

    /// <summary>Takes a job that was never delivered out of its stream. NotFound: it was somewhere else by then.</summary>
    private async ValueTask<CancelResult> TryRemoveAsync(Stored job, CancellationToken ct)
    {
        var address = Subjects.Parse(job.Subject);
        if (await IsDeliveredAsync(address, job.Sequence, ct).ConfigureAwait(false))
        {
            return CancelResult.Requested;
        }

        if (!await link.TryDeleteAsync(link.JobsStream, job.Sequence, ct).ConfigureAwait(false))
        {
            return CancelResult.NotFound;
        }

        if (await IsDeliveredAsync(address, job.Sequence, ct).ConfigureAwait(false))
        {
            return CancelResult.Requested;
        }

        counters.Add(address.Queue, address.Stage == Stage.Scheduled ? Departure.ScheduledRemoved : Departure.ReadyRemoved, 1);
        return CancelResult.Cancelled;
    }

    private async ValueTask<JobSnapshot?> FindOnceAsync(JobId id, CancellationToken ct)
    {
        if (await link.FindAsync(link.JobsStream, id, ct).ConfigureAwait(false) is { } live && Subjects.Parse(live.Subject).Stage != Stage.Key)
        {
            var job = Envelope.Read(live.Subject, live.Headers, live.Body);
            var state = job.Address.Stage == Stage.Scheduled || job.NotBefore > link.Time.GetUtcNow() ? JobState.Scheduled
                : await IsDeliveredAsync(job.Address, live.Sequence, ct).ConfigureAwait(false) ? JobState.Running : JobState.Ready;
            return job.ToSnapshot(state, isWhole: true);
        }

        if (await FindEndedAsync(id, ct).ConfigureAwait(false) is var (_, ended))
        {
            var job = Envelope.Read(ended.Subject, ended.Headers, ended.Body);
            return job.ToSnapshot(job.Address.Stage == Stage.Dead ? JobState.Dead : JobState.Cancelled, isWhole: true);
        }

        if (await history.FindAsync(id, ct).ConfigureAwait(false) is not { } succeeded)
        {
            return null;
        }

        var result = await link.LastAsync(link.RecordStream, link.Subjects.Result(id), ct).ConfigureAwait(false);
        return result is null || Envelope.Time(result.Headers, Header.Until) <= link.Clock.UtcNow ? succeeded : succeeded with { Result = result.Body };
    }

    /// <summary>The dead letter of a job, or its message as a cancelled one, with its stream.</summary>
    private async ValueTask<(string Stream, Stored Message)?> FindEndedAsync(JobId id, CancellationToken ct)
    {
        var (dead, cancelled) = (link.FindAsync(link.DeadStream, id, ct).AsTask(), link.FindAsync(link.RecordStream, id, ct).AsTask());
        return await dead.ConfigureAwait(false) is { } letter ? (link.DeadStream, letter)
            : await cancelled.ConfigureAwait(false) is { } record ? (link.RecordStream, record) : null;
    }

    /// <summary>Replaces a schedule by its target in one step; the second of two that try is refused.</summary>
    private async ValueTask<RequeueResult> RunNowAsync(Stored schedule, CancellationToken ct)
    {
        var job = Envelope.Read(schedule.Subject, schedule.Headers, schedule.Body) with { NotBefore = null };
        var headers = job.Headers();
        headers[Header.Scheduler] = schedule.Subject;
        headers[Header.ScheduleNext] = "purge";
        headers[Header.ExpectedSequence] = Subjects.Sequence(schedule.Sequence);
        headers[Header.ExpectedSubject] = schedule.Subject;
        var target = link.Subjects.Of(job.Address with { Stage = Stage.Ready, IsFired = true });
        var answer = await link.TryPublishAsync(target, job.Payload, headers, ct).ConfigureAwait(false);
        return answer is null ? RequeueResult.Refused : RequeueResult.Requeued;
    }

    /// <summary>Asks whoever runs the job to cancel it. Lives on, for a worker that claims it later.</summary>
    private async ValueTask RequestCancelAsync(JobId id, CancellationToken ct)
    {
        var headers = new NatsHeaders { [Header.TimeToLive] = ((long)CancellationsLive.TotalSeconds).ToString(CultureInfo.InvariantCulture) };
        _ = await link.PublishAsync(link.Subjects.Cancellation(id), [], headers, ct).ConfigureAwait(false);
    }

    private async ValueTask<bool> IsDeliveredAsync(Address job, ulong sequence, CancellationToken ct) =>
        job.Stage == Stage.Ready && await queues.IsDeliveredAsync(job, sequence, ct).ConfigureAwait(false);

    private async ValueTask<long> DeleteFromAsync(string filter, ulong from, CancellationToken ct)
    {
        long deleted = 0;
        while (await link.ReadAsync(link.JobsStream, filter, from, 256, ct).ConfigureAwait(false) is { Count: > 0 } page)
        {
            var removed = await Task.WhenAll(page.Select(message => TryRemoveAsync(message, ct).AsTask())).ConfigureAwait(false);
            deleted += removed.Count(static answer => answer == CancelResult.Cancelled);
            from = page[^1].Sequence + 1;
        }

        return deleted;
    }

    private void Count(string queue, char kind, long count)
    {
        if (count > 0)
        {
            counters.Add(queue, kind, count);
        }
    }
}
