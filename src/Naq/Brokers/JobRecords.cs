namespace Naq.Brokers;

/// <summary>What is asked of a list of jobs.</summary>
public sealed record JobFilter
{
    /// <value>Only this state; null: all.</value>
    public JobState? State { get; init; }

    /// <value>Only this queue; null: all.</value>
    public string? Queue { get; init; }

    /// <value>Only this job type; null: all.</value>
    public string? Type { get; init; }

    /// <value>Only jobs with this tag; null: all.</value>
    public string? Tag { get; init; }

    /// <value>Only jobs enqueued at or after this time; null: no bound.</value>
    public DateTimeOffset? Since { get; init; }

    /// <value>Only jobs enqueued before this time; null: no bound.</value>
    public DateTimeOffset? Until { get; init; }

    /// <summary>Says whether a job is one of those asked for.</summary>
    public bool Matches(JobSnapshot job)
    {
        ArgumentNullException.ThrowIfNull(job);
        return (State is null || State == job.State) && (Queue is null || Queue == job.Queue) && (Type is null || Type == job.Type)
            && (Tag is null || job.Tags.Contains(Tag)) && !(job.EnqueuedAt < Since) && !(job.EnqueuedAt >= Until);
    }
}

/// <summary>One page of a list, newest first.</summary>
/// <param name="Jobs">The jobs, without payloads.</param>
/// <param name="Next">Where the next page begins; null: this was the last.</param>
public sealed record JobPage(IReadOnlyList<JobSnapshot> Jobs, string? Next);

/// <summary>What is known of a queue, read in one go.</summary>
/// <param name="Queue">Its name.</param>
public sealed record QueueCounts(string Queue)
{
    /// <summary>Jobs that a worker could claim now.</summary>
    public long Ready { get; init; }

    /// <summary>Jobs that wait for a time, retries included.</summary>
    public long Scheduled { get; init; }

    /// <summary>Of <see cref="Scheduled"/>: those whose time has come. They are load.</summary>
    public long Due { get; init; }

    /// <summary>Claimed jobs.</summary>
    public long InFlight { get; init; }

    /// <summary>Dead letters.</summary>
    public long Dead { get; init; }

    /// <summary>The age of the oldest ready or due job; null: there is none.</summary>
    public TimeSpan? OldestAge { get; init; }

    /// <summary>Whether workers leave it alone.</summary>
    public bool IsPaused { get; init; }

    /// <summary>The most ready and scheduled jobs it takes; null: no bound.</summary>
    public long? MaxLength { get; init; }

    /// <summary>Jobs ever enqueued. Only grows (but for a purge of the file itself).</summary>
    public long EnqueuedTotal { get; init; }

    /// <summary>Jobs that ever became ready: enqueues without delay, promotions, retries. Only grows.</summary>
    public long ReadyTotal { get; init; }

    /// <summary>Claims ever settled, snoozes included; hand-backs and lost leases that come back do not count. Only grows.</summary>
    public long CompletedTotal { get; init; }

    /// <summary>Of <see cref="CompletedTotal"/>: failed attempts. Only grows.</summary>
    public long FailedTotal { get; init; }

    /// <summary>Ready, in flight and due: what workers are needed for.</summary>
    public long Load => Ready + InFlight + Due;
}

/// <summary>A change of a queue's settings; null members stay as they are.</summary>
public sealed record QueueChange
{
    /// <value>Whether workers leave it alone.</value>
    public bool? IsPaused { get; init; }

    /// <value>The most ready and scheduled jobs it takes; 0 removes the bound.</value>
    public long? MaxLength { get; init; }
}

/// <summary>The answer to the deletion of a queue.</summary>
/// <param name="Status">Whether it is gone.</param>
/// <param name="Jobs">The jobs that were deleted with it.</param>
public readonly record struct QueueDeletion(QueueDeletionStatus Status, long Jobs);

/// <summary>What became of a queue that was to be deleted.</summary>
public enum QueueDeletionStatus
{
    /// <summary>It is gone.</summary>
    Deleted,

    /// <summary>Jobs of it run. What waited may be deleted already, the queue itself is still there.</summary>
    Refused,

    /// <summary>There is no such queue.</summary>
    NotFound,
}

/// <summary>The answer to a requeue.</summary>
public enum RequeueResult
{
    /// <summary>The job is ready, its attempts and interruptions counted from 0.</summary>
    Requeued,

    /// <summary>It is running, succeeded or ready already, or its unique key is taken.</summary>
    Refused,

    /// <summary>No such job.</summary>
    NotFound,
}

/// <summary>How serious a finding of <c>naq doctor</c> is.</summary>
public enum Severity
{
    /// <summary>As it should be.</summary>
    Ok,

    /// <summary>Works, but somebody should know.</summary>
    Warning,

    /// <summary>Does not work.</summary>
    Error,
}

/// <summary>One finding about a broker.</summary>
/// <param name="Check">What was looked at, in a few words.</param>
/// <param name="Severity">How serious.</param>
/// <param name="Text">What was found, and what to do.</param>
public sealed record Finding(string Check, Severity Severity, string Text);
