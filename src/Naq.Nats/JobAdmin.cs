using System.Globalization;
using Naq.Brokers;

namespace Naq.Nats;

/// <summary>Finds, cancels and puts back single jobs by their id.</summary>
internal sealed class JobAdmin(Session session, Consumers consumers, Settler settler)
{
    public async ValueTask<JobSnapshot?> FindAsync(JobId id, CancellationToken ct)
    {
        var stored = await FindLiveAsync(id, ct).ConfigureAwait(false) ?? await FindDeadAsync(id, ct).ConfigureAwait(false);
        if (stored is null)
        {
            return null;
        }

        var job = Envelope.Read(stored.Subject, stored.Headers, stored.Body);
        var state = job.Address.Stage switch
        {
            Stage.Scheduled => JobState.Scheduled,
            Stage.Dead => JobState.Dead,
            Stage.Ready when job.NotBefore > session.Time.GetUtcNow() => JobState.Scheduled,
            Stage.Ready => await IsDeliveredAsync(stored, ct).ConfigureAwait(false) ? JobState.Running : JobState.Ready,
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

    /// <summary>Deletes what was never delivered; asks the worker of what was.</summary>
    /// <remarks>
    /// A deletion is invisible to a worker, so the delivery is looked at again after it: what was not delivered by then never will be.
    /// (A purge would not do: it moves the consumer's mark of what was delivered.)
    /// </remarks>
    public async ValueTask<CancelResult> CancelAsync(JobId id, CancellationToken ct)
    {
        while (await FindLiveAsync(id, ct).ConfigureAwait(false) is { } job)
        {
            var wasDelivered = await IsDeliveredAsync(job, ct).ConfigureAwait(false);
            if (!wasDelivered && !await session.TryDeleteAsync(session.JobsStream, job.Sequence, ct).ConfigureAwait(false))
            {
                // It was somewhere else by then: a schedule that fired, or a job that has ended.
                continue;
            }

            if (!wasDelivered && !await IsDeliveredAsync(job, ct).ConfigureAwait(false))
            {
                return CancelResult.Cancelled;
            }

            await session.RequestCancelAsync(id, ct).ConfigureAwait(false);
            return CancelResult.Requested;
        }

        return await FindDeadAsync(id, ct).ConfigureAwait(false) is null ? CancelResult.NotFound : CancelResult.Finished;
    }

    public async ValueTask<RequeueResult> RequeueAsync(JobId id, CancellationToken ct)
    {
        if (await FindLiveAsync(id, ct).ConfigureAwait(false) is { } live)
        {
            var isScheduled = Subjects.Parse(live.Subject).Stage == Stage.Scheduled;
            return isScheduled ? await RunNowAsync(live, ct).ConfigureAwait(false) : RequeueResult.Refused;
        }

        if (await FindDeadAsync(id, ct).ConfigureAwait(false) is not { } dead)
        {
            return RequeueResult.NotFound;
        }

        var job = Envelope.Read(dead.Subject, dead.Headers, dead.Body) with { Attempts = 0, Interruptions = 0 };
        var messageId = string.Create(CultureInfo.InvariantCulture, $"{id}:requeue:{dead.Sequence}");
        if (await settler.TryPublishAsync(job, null, messageId, 0, ct).ConfigureAwait(false) is null)
        {
            return RequeueResult.Refused;
        }

        _ = await session.TryDeleteAsync(session.DeadStream, dead.Sequence, ct).ConfigureAwait(false);
        return RequeueResult.Requeued;
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
        var target = session.Subjects.Of(job.Address with { Stage = Stage.Ready });
        var answer = await session.TryPublishAsync(target, job.Payload, headers, ct).ConfigureAwait(false);
        return answer is null ? RequeueResult.Refused : RequeueResult.Requeued;
    }

    private async ValueTask<bool> IsDeliveredAsync(Stored job, CancellationToken ct)
    {
        var address = Subjects.Parse(job.Subject);
        return address.Stage == Stage.Ready && await consumers.IsDeliveredAsync(address, job.Sequence, ct).ConfigureAwait(false);
    }

    /// <summary>A job's dead letter; null: it has none.</summary>
    private ValueTask<Stored?> FindDeadAsync(JobId id, CancellationToken ct) => session.FindAsync(session.DeadStream, id, ct);

    /// <summary>A job that has not ended; null: there is none.</summary>
    private ValueTask<Stored?> FindLiveAsync(JobId id, CancellationToken ct) => session.FindAsync(session.JobsStream, id, ct);
}
