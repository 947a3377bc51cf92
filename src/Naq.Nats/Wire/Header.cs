namespace Naq.Nats.Wire;

/// <summary>Every header on the wire.</summary>
internal static class Header
{
    public const string Type = "Naq-Type";

    /// <summary>When a job was enqueued, where that is not the time in its id.</summary>
    public const string EnqueuedAt = "Naq-Enqueued";
    public const string Settings = "Naq-Settings";
    public const string Attempts = "Naq-Attempts";
    public const string Interruptions = "Naq-Interruptions";
    public const string NotBefore = "Naq-Not-Before";

    /// <summary>When a job that was handed back had become ready: its age goes on.</summary>
    public const string ReadyAt = "Naq-Ready";

    /// <summary>The class of a job in the lane of those that run alone.</summary>
    public const string Priority = "Naq-Class";

    /// <summary>Set where a first delivery may come too early and is put off: that delivery is no interruption.</summary>
    public const string MayBeEarly = "Naq-May-Be-Early";
    /// <summary>Set on a job that comes back and has said something of itself before: its report is read with the claim.</summary>
    public const string Reported = "Naq-Reported";
    public const string Reason = "Naq-Reason";
    public const string Error = "Naq-Error";
    public const string StartedAt = "Naq-Started";
    public const string EndedAt = "Naq-Ended";

    /// <summary>On what ended: the stream sequence of the claim that ended it.</summary>
    public const string ClaimedFrom = "Naq-Claimed-From";

    /// <summary>When this is over, by the server's clock: sharper than its TTL.</summary>
    public const string Until = "Naq-Until";

    public const string MessageId = "Nats-Msg-Id";
    public const string ExpectedSequence = "Nats-Expected-Last-Subject-Sequence";
    public const string ExpectedSubject = "Nats-Expected-Last-Subject-Sequence-Subject";
    public const string Schedule = "Nats-Schedule";
    public const string ScheduleTarget = "Nats-Schedule-Target";
    public const string Scheduler = "Nats-Scheduler";
    public const string ScheduleNext = "Nats-Schedule-Next";
    public const string TimeToLive = "Nats-TTL";
    public const string Increment = "Nats-Incr";
    public const string Subject = "Nats-Subject";
    public const string Sequence = "Nats-Sequence";
    public const string TimeStamp = "Nats-Time-Stamp";
    public const string Operation = "KV-Operation";
    public const string MarkerReason = "Nats-Marker-Reason";
}
