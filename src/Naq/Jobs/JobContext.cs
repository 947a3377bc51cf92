namespace Naq;

/// <summary>Why a job's token fired.</summary>
public enum CancelReason
{
    /// <summary>It did not.</summary>
    None,

    /// <summary>Somebody cancelled the job.</summary>
    Requested,

    /// <summary>The attempt ran longer than its timeout.</summary>
    Timeout,

    /// <summary>The worker may no longer count on its lease: another may run the job. Nothing is settled.</summary>
    LeaseLost,

    /// <summary>The worker stops: the job is handed back and charged nothing.</summary>
    Shutdown,
}

/// <summary>What a handler may know about the job it runs. Not for use after the handler returned.</summary>
public sealed class JobContext
{
    private int _reason;

    /// <summary>The job's id: the same on every attempt, so it serves as an idempotency key.</summary>
    public required JobId Id { get; init; }

    /// <summary>The job type's name.</summary>
    public required string Type { get; init; }

    /// <summary>The queue it came from.</summary>
    public required string Queue { get; init; }

    /// <summary>This attempt's number, from 1.</summary>
    public int Attempt { get; init; } = 1;

    /// <summary>Grows with each claim of the job; hand it to a store that refuses smaller ones.</summary>
    public long Fence { get; init; }

    /// <summary>How often a worker died or lost its lease under this job.</summary>
    public int Interruptions { get; init; }

    /// <summary>When the job was enqueued, by the producer's wall clock.</summary>
    public DateTimeOffset EnqueuedAt { get; init; }

    /// <summary>The name of the worker that runs it.</summary>
    public string Worker { get; init; } = "";

    /// <summary>Why the token fired, or <see cref="CancelReason.None"/>.</summary>
    public CancelReason CancelReason => (CancelReason)Volatile.Read(ref _reason);

    /// <summary>Records the first reason; later ones do not replace it.</summary>
    internal bool TrySetCancelReason(CancelReason reason) => Interlocked.CompareExchange(ref _reason, (int)reason, 0) == 0;
}
