namespace Naq.Brokers.Memory;

/// <summary>A job, from its enqueue until it is forgotten. Guarded by the store's lock.</summary>
internal sealed class JobRow(long number, NewJob job, QueueRow queue)
{
    /// <summary>After so many interruptions a job is claimed alone.</summary>
    private const int InterruptionsBeforeAlone = 2;

    /// <summary>Counts enqueues: the order within a class, and of lists.</summary>
    public long Number { get; } = number;

    public NewJob Job { get; } = job;

    public QueueRow Queue { get; } = queue;

    public JobId Id => Job.Id;

    /// <summary>Changed by <see cref="JobTable"/> only.</summary>
    public JobState State { get; set; }

    public int Attempts { get; set; }

    /// <summary>Claims so far: the fence of the last one.</summary>
    public long Fence { get; set; }

    public int Interruptions { get; set; }

    public bool MustRunAlone => Interruptions >= InterruptionsBeforeAlone;

    /// <summary>What its state is about: due (scheduled), ready since, claimed (running), or ended.</summary>
    public DateTimeOffset At { get; set; }

    /// <summary>The feed that holds the claim (running), or that empties itself to take the job alone (ready).</summary>
    public FeedState? Feed { get; set; }

    /// <summary>When the claim is over, by the monotonic clock.</summary>
    public long LeaseEnds { get; set; }

    public bool IsCancelRequested { get; set; }

    /// <summary>When the last attempt that was settled began; null: none was, or it never began.</summary>
    public DateTimeOffset? StartedAt { get; set; }

    /// <summary>Why it last failed; null: it did not.</summary>
    public JobFailure? Failure { get; set; }

    /// <summary>What it succeeded with; null: nothing.</summary>
    public JobResult? Result { get; set; }

    /// <summary>What it said of itself; null: nothing.</summary>
    public JobSaid? Said { get; set; }

    public string? Log { get; set; }

    /// <summary>Its index in the <see cref="JobHeap"/> that it waits or runs in.</summary>
    public int Place { get; set; }

    /// <summary>Its neighbours in the <see cref="EndedJobs"/> that it is in.</summary>
    public (JobRow? Older, JobRow? Newer) Beside { get; set; }

    /// <summary>Fires when the job has ended, or is forgotten; null: nobody waits for that.</summary>
    public Signal? Ended { get; set; }

    public JobSnapshot Snapshot(Moment now, bool isFull) => new(Id, Queue.Name, Job.Type, State)
    {
        Priority = Job.Priority,
        Attempts = Attempts,
        Interruptions = Interruptions,
        Reason = Failure?.Reason,
        Error = isFull ? Failure?.Error : null,
        Result = Result is null || Result.Ends <= now.Stamp ? default : Result.Json,
        Payload = isFull ? Job.Payload : default,
        Tags = Job.Settings.Tags ?? [],
        Progress = isFull ? Said?.Progress : null,
        Note = isFull ? Said?.Note : null,
        Log = isFull ? Log : null,
        EnqueuedAt = Job.EnqueuedAt,
        DueAt = State == JobState.Scheduled ? At : null,
        StartedAt = State == JobState.Running ? At : StartedAt,
        FinishedAt = State.IsFinal() ? At : null,
    };

    public ClaimedJob Claimed() => new(new Lease(Id, Fence, Number, this), Job.Type, Queue.Name, Job.Priority, Job.Payload, Job.Settings)
    {
        Attempt = Attempts + 1,
        Interruptions = Interruptions,
        IsAlone = MustRunAlone,
        Checkpoint = Said?.Checkpoint ?? default,
        EnqueuedAt = Job.EnqueuedAt,
        ReadyAt = At,
    };
}

/// <summary>Why a job failed.</summary>
internal sealed record JobFailure(string? Reason, string? Error);

/// <summary>What a job succeeded with.</summary>
/// <param name="Json">The result.</param>
/// <param name="Ends">When it is dropped, by the monotonic clock; null: with the record.</param>
internal sealed record JobResult(ReadOnlyMemory<byte> Json, long? Ends);

/// <summary>What a running job said of itself.</summary>
internal sealed record JobSaid(double? Progress, string? Note, ReadOnlyMemory<byte> Checkpoint)
{
    public static JobSaid Nothing { get; } = new(null, null, default);
}
