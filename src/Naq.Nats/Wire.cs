using System.Globalization;

namespace Naq.Nats;

/// <summary>Every header on the wire.</summary>
internal static class Header
{
    public const string Type = "Naq-Type";
    public const string EnqueuedAt = "Naq-Enqueued";
    public const string Settings = "Naq-Settings";
    public const string Attempts = "Naq-Attempts";
    public const string Interruptions = "Naq-Interruptions";
    public const string NotBefore = "Naq-Not-Before";

    /// <summary>Set where a first delivery may come too early and is put off: that delivery is no interruption.</summary>
    public const string MayBeEarly = "Naq-May-Be-Early";
    public const string Reason = "Naq-Reason";
    public const string Error = "Naq-Error";
    public const string DiedAt = "Naq-Died";

    /// <summary>On a dead letter: the stream sequence of the claim that ended.</summary>
    public const string ClaimedFrom = "Naq-Claimed-From";

    public const string MessageId = "Nats-Msg-Id";
    public const string ExpectedSequence = "Nats-Expected-Last-Subject-Sequence";
    public const string ExpectedSubject = "Nats-Expected-Last-Subject-Sequence-Subject";
    public const string Schedule = "Nats-Schedule";
    public const string ScheduleTarget = "Nats-Schedule-Target";
    public const string Scheduler = "Nats-Scheduler";
    public const string ScheduleNext = "Nats-Schedule-Next";
    public const string TimeToLive = "Nats-TTL";
    public const string Subject = "Nats-Subject";
    public const string Sequence = "Nats-Sequence";
}

/// <summary>Where a job's message is.</summary>
internal enum Stage
{
    Ready,
    Scheduled,
    Dead,
}

/// <summary>A job's subject: <c>root.stage.queue.class.id</c>, for a unique job <c>root.stage.queue.class.u.hash.id</c>.</summary>
internal sealed record Address(Stage Stage, string Queue, JobPriority Priority, string? KeyHash, JobId Id);

/// <summary>Every subject on the wire.</summary>
internal sealed class Subjects(string root)
{
    private const string Letters = "jsd";

    public string AllReady => $"{root}.j.>";

    public string AllScheduled => $"{root}.s.>";

    public string AllDead => $"{root}.d.>";

    public string AllCancellations => $"{root}.c.*";

    public string Cancellation(JobId id) => $"{root}.c.{id}";

    public string Of(Address job)
    {
        var lane = string.Create(CultureInfo.InvariantCulture, $"{root}.{Letters[(int)job.Stage]}.{job.Queue}.{(int)job.Priority}");
        return job.KeyHash is null ? $"{lane}.{job.Id}" : $"{lane}.u.{job.KeyHash}.{job.Id}";
    }

    public string ReadyOf(string queue, JobPriority priority) =>
        string.Create(CultureInfo.InvariantCulture, $"{root}.j.{queue}.{(int)priority}.>");

    public string ScheduledOf(string queue) => $"{root}.s.{queue}.>";

    public string DeadOf(string queue) => $"{root}.d.{queue}.>";

    /// <summary>The job with this key in any queue, class and stage, pending or running.</summary>
    public string WithKey(string hash) => $"{root}.*.*.*.u.{hash}.*";

    /// <summary>The job with this id, if it has no unique key.</summary>
    public string WithId(JobId id) => $"{root}.*.*.*.{id}";

    /// <summary>The job with this id, if it has a unique key.</summary>
    public string WithIdAndKey(JobId id) => $"{root}.*.*.*.u.*.{id}";

    public static Address Parse(string subject)
    {
        var tokens = subject.Split('.');
        if (tokens.Length < 5 || !JobId.TryParse(tokens[^1], out var id))
        {
            throw new FormatException($"'{Printable.Escape(subject)}' is no job's subject.");
        }

        var stage = (Stage)Letters.IndexOf(tokens[1], StringComparison.Ordinal);
        var priority = (JobPriority)int.Parse(tokens[3], CultureInfo.InvariantCulture);
        return new(stage, tokens[2], priority, tokens.Length == 7 ? tokens[5] : null, id);
    }
}
