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

/// <summary>A job's subject: <c>prefix.stage.origin.queue.lane.id</c>, for a unique job <c>prefix.stage.origin.queue.lane.u.hash.id</c>.</summary>
/// <param name="Stage">Where it is.</param>
/// <param name="Queue">Its queue.</param>
/// <param name="Lane">The digit of its class, or <see cref="Alone"/>.</param>
/// <param name="KeyHash">Its unique key in hexadecimal; null: none.</param>
/// <param name="Id">The job.</param>
internal sealed record Address(Stage Stage, string Queue, char Lane, string? KeyHash, JobId Id)
{
    /// <summary>The lane of jobs that interrupted two workers and run alone.</summary>
    public const char Alone = 'a';

    /// <summary>Whether a schedule of the server's put it there: the server hints at such jobs by itself, for there is nobody else who could.</summary>
    public bool IsFired { get; init; }

    public static char LaneOf(JobPriority priority) => (char)('0' + (int)priority);
}

/// <summary>Every subject on the wire.</summary>
internal sealed class Subjects(string prefix)
{
    private const string Letters = "jskdx";

    /// <summary>The origin of what a process published, and of what the server's schedules did.</summary>
    private const char Published = 'p';
    private const char Fired = 'f';

    public string AllReady => $"{prefix}.j.>";

    public string AllFired => $"{prefix}.j.{Fired}.>";

    public string AllScheduled => $"{prefix}.s.>";

    public string AllWaiting => $"{prefix}.w.>";

    public string AllKeys => $"{prefix}.k.>";

    public string AllDead => $"{prefix}.d.>";

    public string AllCancelled => $"{prefix}.x.>";

    public string AllResults => $"{prefix}.r.*";

    public string AllCancellations => $"{prefix}.c.*";

    /// <summary>Where the server repeats the headers of what its schedules fired.</summary>
    public string FiredHints => $"{prefix}.h.{Fired}.>";

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

    /// <summary>Where it is said that a lane has got a job, to whoever listens: by whoever stored it, or by the server whose schedule fired.</summary>
    public string HintsOf(string queue, char lane) => $"{prefix}.h.*.{queue}.{lane}.>";

    public string Hint(string queue, char lane) => $"{prefix}.h.{Published}.{queue}.{lane}.-";

    public string Inbox(string name) => $"{prefix}.i.{name}";

    public string Of(Address job)
    {
        var (stage, origin, id) = (Letters[(int)job.Stage], job.IsFired ? Fired : Published, job.Id.Value);
        return job.KeyHash is null
            ? $"{prefix}.{stage}.{origin}.{job.Queue}.{job.Lane}.{id:N}"
            : $"{prefix}.{stage}.{origin}.{job.Queue}.{job.Lane}.u.{job.KeyHash}.{id:N}";
    }

    public string LaneOf(string queue, char lane) => $"{prefix}.j.*.{queue}.{lane}.>";

    public string InStage(Stage stage, string? queue) => $"{prefix}.{Letters[(int)stage]}.*.{queue ?? "*"}.>";

    /// <summary>The job with this key in any queue, class and stage, pending or running.</summary>
    public string WithKey(string hash) => $"{prefix}.*.*.*.*.u.{hash}.*";

    /// <summary>The job with this id, if it has no unique key.</summary>
    public string WithId(JobId id) => $"{prefix}.*.*.*.*.{id}";

    /// <summary>The job with this id, if it has a unique key.</summary>
    public string WithIdAndKey(JobId id) => $"{prefix}.*.*.*.*.u.*.{id}";

    /// <summary>Reads what <see cref="Of"/> wrote.</summary>
    /// <param name="subject">A job's subject.</param>
    /// <param name="likelyQueue">The queue that it is probably of: many jobs share one text then.</param>
    /// <exception cref="FormatException">It is no job's subject.</exception>
    public static Address Parse(string subject, string? likelyQueue = null)
    {
        Span<Range> tokens = stackalloc Range[9];
        var text = subject.AsSpan();
        var count = text.Split(tokens, '.');
        if (count is not (6 or 8) || text[tokens[1]] is not [var stage] || text[tokens[4]] is not [var lane] || !Guid.TryParse(text[tokens[count - 1]], out var id))
        {
            throw new FormatException($"'{Printable.Escape(subject)}' is no job's subject.");
        }

        var queue = text[tokens[3]];
        return new(
            (Stage)Letters.IndexOf(stage, StringComparison.Ordinal),
            queue.Equals(likelyQueue, StringComparison.Ordinal) ? likelyQueue! : queue.ToString(),
            lane,
            count == 8 ? text[tokens[6]].ToString() : null,
            new(id))
        {
            IsFired = text[tokens[2]] is [Fired],
        };
    }

    /// <summary>The id that a subject ends with; null: none.</summary>
    public static JobId? IdOf(string subject) => JobId.TryParse(subject[(subject.LastIndexOf('.') + 1)..], out var id) ? id : null;

    public static string Sequence(ulong sequence) => sequence.ToString(CultureInfo.InvariantCulture);
}
