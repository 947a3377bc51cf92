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

    public DateTimeOffset ReadyAt { get; set; }

    public DateTimeOffset DueAt { get; set; }

    /// <summary>The feed that holds the claim (running), or that empties itself to take the job alone (ready).</summary>
    public FeedState? Feed { get; set; }

    /// <summary>When the claim is over, by the monotonic clock.</summary>
    public long LeaseEnds { get; set; }

    public bool IsCancelRequested { get; set; }

    public string? Reason { get; set; }

    public string? Error { get; set; }

    public ReadOnlyMemory<byte> Result { get; set; }

    /// <summary>When the result is dropped, by the monotonic clock; null: with the record.</summary>
    public long? ResultEnds { get; set; }

    public double? Progress { get; set; }

    public string? Note { get; set; }

    public ReadOnlyMemory<byte> Checkpoint { get; set; }

    public string? Log { get; set; }

    public DateTimeOffset ClaimedAt { get; set; }

    public DateTimeOffset? StartedAt { get; set; }

    public DateTimeOffset? FinishedAt { get; set; }

    /// <summary>Its place among those that ended.</summary>
    public LinkedListNode<JobRow>? Place { get; set; }

    /// <summary>Fires when the job has ended, or is forgotten.</summary>
    public Signal Ended { get; } = new();

    public JobSnapshot Snapshot(Moment now, bool isFull) => new(Id, Queue.Name, Job.Type, State)
    {
        Priority = Job.Priority,
        Attempts = Attempts,
        Interruptions = Interruptions,
        Reason = Reason,
        Error = isFull ? Error : null,
        Result = ResultEnds <= now.Stamp ? default : Result,
        Payload = isFull ? Job.Payload : default,
        Tags = Job.Settings.Tags ?? [],
        Progress = isFull ? Progress : null,
        Note = isFull ? Note : null,
        Log = isFull ? Log : null,
        EnqueuedAt = Job.EnqueuedAt,
        DueAt = State == JobState.Scheduled ? DueAt : null,
        StartedAt = State == JobState.Running ? ClaimedAt : StartedAt,
        FinishedAt = FinishedAt,
    };

    public ClaimedJob Claimed() => new(new Lease(Id, Fence, Number, this), Job.Type, Queue.Name, Job.Priority, Job.Payload, Job.Settings)
    {
        Attempt = Attempts + 1,
        Interruptions = Interruptions,
        IsAlone = MustRunAlone,
        Checkpoint = Checkpoint,
        EnqueuedAt = Job.EnqueuedAt,
        ReadyAt = ReadyAt,
    };

    /// <summary>Orders by enqueue.</summary>
    public static Comparer<JobRow> ByNumber { get; } = Comparer<JobRow>.Create(static (a, b) => a.Number.CompareTo(b.Number));

    /// <summary>Orders by due time, then enqueue.</summary>
    public static Comparer<JobRow> ByDueTime { get; } = Comparer<JobRow>.Create(
        static (a, b) => a.DueAt != b.DueAt ? a.DueAt.CompareTo(b.DueAt) : a.Number.CompareTo(b.Number));

    /// <summary>Orders by the end of the lease, then enqueue.</summary>
    public static Comparer<JobRow> ByLeaseEnd { get; } = Comparer<JobRow>.Create(
        static (a, b) => a.LeaseEnds != b.LeaseEnds ? a.LeaseEnds.CompareTo(b.LeaseEnds) : a.Number.CompareTo(b.Number));
}
