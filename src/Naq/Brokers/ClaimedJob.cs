namespace Naq.Brokers;

/// <summary>The right to run a job until its lease ends.</summary>
/// <param name="Id">The job.</param>
/// <param name="Fence">Grows with each claim of the job; a stale fence settles nothing.</param>
/// <param name="Key">The broker's own number for the claim.</param>
/// <param name="Handle">The broker's own object for the claim.</param>
public readonly record struct Lease(JobId Id, long Fence, long Key, object Handle);

/// <summary>A job that a feed delivered, with the lease to run it.</summary>
/// <param name="Lease">The right to run it.</param>
/// <param name="Type">Its type's stable name.</param>
/// <param name="Queue">Its queue.</param>
/// <param name="Priority">Its class.</param>
/// <param name="Payload">Its data: JSON, or an envelope in bytes where payloads are encrypted. A broker keeps it as it is.</param>
/// <param name="Settings">What travelled with it.</param>
public sealed record ClaimedJob(Lease Lease, string Type, string Queue, JobPriority Priority, ReadOnlyMemory<byte> Payload, JobSettings Settings)
{
    /// <summary>Its id.</summary>
    public JobId Id => Lease.Id;

    /// <summary>The number of the attempt that this claim is for, from 1.</summary>
    public required int Attempt { get; init; }

    /// <summary>How often its worker died or lost its lease.</summary>
    public required int Interruptions { get; init; }

    /// <summary>Whether it was claimed alone: nothing else may start in this worker until it is settled.</summary>
    public bool IsAlone { get; init; }

    /// <summary>Where an earlier run left off, in JSON; empty: none said.</summary>
    public ReadOnlyMemory<byte> Checkpoint { get; init; }

    /// <summary>When it was enqueued, by the producer's wall clock.</summary>
    public required DateTimeOffset EnqueuedAt { get; init; }

    /// <summary>When it became ready, by the wall clock of the process that made it ready.</summary>
    public required DateTimeOffset ReadyAt { get; init; }
}

/// <summary>What a settlement does with the job.</summary>
public enum SettleKind
{
    /// <summary>The job is done, with an optional result.</summary>
    Succeed,

    /// <summary>The attempt failed and is charged; run again at <see cref="Settlement.DueAt"/>.</summary>
    Retry,

    /// <summary>Run again at <see cref="Settlement.DueAt"/>, nothing charged.</summary>
    Snooze,

    /// <summary>Given back unfinished, nothing charged: ready at once.</summary>
    HandBack,

    /// <summary>Given up, with <see cref="Settlement.Reason"/>; kept as a dead letter.</summary>
    Dead,

    /// <summary>Its cancellation was obeyed.</summary>
    Cancelled,
}

/// <summary>The end of a claim, as a value.</summary>
/// <param name="Lease">The claim.</param>
/// <param name="Kind">What to do with the job.</param>
public readonly record struct Settlement(Lease Lease, SettleKind Kind)
{
    /// <summary>The result in JSON (<see cref="SettleKind.Succeed"/>); empty: none.</summary>
    public ReadOnlyMemory<byte> Result { get; init; }

    /// <summary>How long the result is kept; null: as long as the job's record.</summary>
    public TimeSpan? ResultTtl { get; init; }

    /// <summary>When to run again (<see cref="SettleKind.Retry"/>, <see cref="SettleKind.Snooze"/>), wall time.</summary>
    public DateTimeOffset DueAt { get; init; }

    /// <summary>Why, in one line (<see cref="SettleKind.Retry"/>, <see cref="SettleKind.Dead"/>): <c>attempts</c>, <c>discarded</c>, <c>no handler</c> …</summary>
    public string? Reason { get; init; }

    /// <summary>The error with its stack; null: none.</summary>
    public string? Error { get; init; }

    /// <summary>The last lines that the attempt logged; null: it logged nothing, and what an earlier one left stays.</summary>
    public string? Log { get; init; }

    /// <summary>When the attempt began, wall time; null: it was never started.</summary>
    public DateTimeOffset? StartedAt { get; init; }
}

/// <summary>The answer to one settlement.</summary>
public enum SettleResult
{
    /// <summary>It took effect.</summary>
    Settled,

    /// <summary>The lease was over, or the fence stale: nothing changed.</summary>
    LeaseLost,
}

/// <summary>The answer to one extension.</summary>
public enum LeaseStatus
{
    /// <summary>The lease runs on.</summary>
    Held,

    /// <summary>The lease runs on, and somebody asked to cancel the job.</summary>
    CancelRequested,

    /// <summary>The lease was over.</summary>
    Lost,
}
