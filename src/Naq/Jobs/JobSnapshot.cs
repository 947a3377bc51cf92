namespace Naq;

/// <summary>What is known of a job at one moment.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Queue">Its queue.</param>
/// <param name="Type">Its type's name.</param>
/// <param name="State">Its state.</param>
public sealed record JobSnapshot(JobId Id, string Queue, string Type, JobState State)
{
    /// <summary>Its class.</summary>
    public JobPriority Priority { get; init; }

    /// <summary>Attempts that its own code ended, the running one not counted.</summary>
    public int Attempts { get; init; }

    /// <summary>How often its worker died or lost its lease.</summary>
    public int Interruptions { get; init; }

    /// <summary>Why it is dead or cancelled, or why the last attempt failed; null: none.</summary>
    public string? Reason { get; init; }

    /// <summary>The last error with its stack; null: none. Filled by find only.</summary>
    public string? Error { get; init; }

    /// <summary>Its result in JSON; empty: none.</summary>
    public ReadOnlyMemory<byte> Result { get; init; }

    /// <summary>Its data as it is stored: JSON, or an envelope in bytes where payloads are encrypted. Filled by find only.</summary>
    public ReadOnlyMemory<byte> Payload { get; init; }

    /// <summary>What people find it by.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>How much is done, 0 to 1, as its handler last reported; null: it never did. Filled by find only.</summary>
    public double? Progress { get; init; }

    /// <summary>What its handler last said it is doing; null: nothing. Filled by find only.</summary>
    public string? Note { get; init; }

    /// <summary>The last lines that its last attempt logged; null: none. Filled by find only.</summary>
    public string? Log { get; init; }

    /// <summary>When it was enqueued.</summary>
    public DateTimeOffset EnqueuedAt { get; init; }

    /// <summary>When it is due (<see cref="JobState.Scheduled"/>).</summary>
    public DateTimeOffset? DueAt { get; init; }

    /// <summary>When its last attempt began; null: none did, or the broker does not know yet.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When it ended; null: it has not.</summary>
    public DateTimeOffset? FinishedAt { get; init; }
}

/// <summary>The answer to a cancellation.</summary>
public enum CancelResult
{
    /// <summary>It will not run.</summary>
    Cancelled,

    /// <summary>It runs; its worker was told and will cancel its token.</summary>
    Requested,

    /// <summary>It had ended already.</summary>
    Finished,

    /// <summary>No such job.</summary>
    NotFound,
}
