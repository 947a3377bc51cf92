using System.Globalization;

namespace Naq.Nats.Wire;

/// <summary>Where a job's message is.</summary>
internal enum Stage
{
    /// <summary>Ready or claimed.</summary>
    Ready,

    /// <summary>A schedule of the server's; at its time it becomes a ready job.</summary>
    Scheduled,

    /// <summary>No job: it keeps a unique key after the enqueue, for its period.</summary>
    Key,

    /// <summary>A dead letter.</summary>
    Dead,

    /// <summary>A cancelled job.</summary>
    Cancelled,
}

/// <summary>A job's subject: <c>prefix.stage.queue.lane.id</c>, for a unique job <c>prefix.stage.queue.lane.u.hash.id</c>.</summary>
/// <param name="Stage">Where it is.</param>
/// <param name="Queue">Its queue.</param>
/// <param name="Lane">The digit of its class, or <see cref="Alone"/>.</param>
/// <param name="KeyHash">Its unique key in hexadecimal; null: none.</param>
/// <param name="Id">The job.</param>
internal sealed record Address(Stage Stage, string Queue, char Lane, string? KeyHash, JobId Id)
{
    /// <summary>The lane of jobs that interrupted two workers and run alone.</summary>
    public const char Alone = 'a';

    public static char LaneOf(JobPriority priority) => (char)('0' + (int)priority);
}

/// <summary>Every subject on the wire.</summary>
internal sealed class Subjects(string prefix)
{
    private const string Letters = "jskdx";

    public string AllReady => $"{prefix}.j.>";

    public string AllScheduled => $"{prefix}.s.>";

    public string AllWaiting => $"{prefix}.w.>";

    public string AllKeys => $"{prefix}.k.>";

    public string AllDead => $"{prefix}.d.>";

    public string AllCancelled => $"{prefix}.x.>";

    public string AllResults => $"{prefix}.r.*";

    public string AllCancellations => $"{prefix}.c.*";

    public string AllHints => $"{prefix}.h.>";

    public string AllCounters => $"{prefix}.n.>";

    /// <summary>One message a flush of settlements.</summary>
    public string Events => $"{prefix}.e";

    public string AllReports => $"{prefix}.p.*";

    /// <summary>What a job says of itself while it runs.</summary>
    public string Report(JobId id) => $"{prefix}.p.{id}";

    public string Result(JobId id) => $"{prefix}.r.{id}";

    /// <summary>The request to cancel a running job.</summary>
    public string Cancellation(JobId id) => $"{prefix}.c.{id}";

    public string Counter(string queue, char kind) => $"{prefix}.n.{queue}.{kind}";

    /// <summary>Where the server says that a lane has got a job: headers only, to whoever listens.</summary>
    public string HintsOf(string queue, char lane) => $"{prefix}.h.{queue}.{lane}.>";

    public string Inbox(string name) => $"{prefix}.i.{name}";

    public string Of(Address job)
    {
        var lane = $"{prefix}.{Letters[(int)job.Stage]}.{job.Queue}.{job.Lane}";
        return job.KeyHash is null ? $"{lane}.{job.Id}" : $"{lane}.u.{job.KeyHash}.{job.Id}";
    }

    public string LaneOf(string queue, char lane) => $"{prefix}.j.{queue}.{lane}.>";

    public string InStage(Stage stage, string? queue) => $"{prefix}.{Letters[(int)stage]}.{queue ?? "*"}.>";

    /// <summary>The job with this key in any queue, class and stage, pending or running.</summary>
    public string WithKey(string hash) => $"{prefix}.*.*.*.u.{hash}.*";

    /// <summary>The job with this id, if it has no unique key.</summary>
    public string WithId(JobId id) => $"{prefix}.*.*.*.{id}";

    /// <summary>The job with this id, if it has a unique key.</summary>
    public string WithIdAndKey(JobId id) => $"{prefix}.*.*.*.u.*.{id}";

    public static Address Parse(string subject)
    {
        var tokens = subject.Split('.');
        if (tokens.Length is not (5 or 7) || tokens[1].Length != 1 || tokens[3].Length != 1 || !JobId.TryParse(tokens[^1], out var id))
        {
            throw new FormatException($"'{Printable.Escape(subject)}' is no job's subject.");
        }

        var stage = (Stage)Letters.IndexOf(tokens[1], StringComparison.Ordinal);
        return new(stage, tokens[2], tokens[3][0], tokens.Length == 7 ? tokens[5] : null, id);
    }

    /// <summary>The id that a subject ends with; null: none.</summary>
    public static JobId? IdOf(string subject) => JobId.TryParse(subject[(subject.LastIndexOf('.') + 1)..], out var id) ? id : null;

    public static string Sequence(ulong sequence) => sequence.ToString(CultureInfo.InvariantCulture);
}
