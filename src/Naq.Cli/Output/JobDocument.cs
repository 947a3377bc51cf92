using System.Globalization;
using System.Text.Json;
using Naq.Encryption;

namespace Naq.Cli.Output;

/// <summary>A job, as <c>naq job list</c> prints it.</summary>
internal sealed record JobDocument(string Id, string Queue, string Type, string State, int Attempts, int Interruptions)
{
    public required string? Reason { get; init; }

    public required JsonElement? Result { get; init; }

    public required DateTimeOffset EnqueuedAt { get; init; }

    public required DateTimeOffset? StartedAt { get; init; }

    public required DateTimeOffset? FinishedAt { get; init; }

    public required IReadOnlyList<string> Tags { get; init; }

    public static View<JobDocument> View { get; } = new(
        DocumentJson.Default.JobDocument,
        Cell.Text<JobDocument>("id", static j => j.Id),
        Cell.Text<JobDocument>("queue", static j => j.Queue),
        Cell.Text<JobDocument>("type", static j => j.Type),
        Cell.Text<JobDocument>("state", static j => j.State),
        Cell.Number<JobDocument>("attempts", static j => j.Attempts),
        Cell.Time<JobDocument>("enqueued", static j => j.EnqueuedAt),
        Cell.Time<JobDocument>("finished", static j => j.FinishedAt),
        Cell.Text<JobDocument>("reason", static j => j.Reason));

    public static JobDocument Of(JobSnapshot job) => new(job.Id.ToString(), job.Queue, job.Type, job.State.WireName(), job.Attempts, job.Interruptions)
    {
        Reason = job.Reason,
        Result = JobDetail.Json(job.Result),
        EnqueuedAt = job.EnqueuedAt,
        StartedAt = job.StartedAt,
        FinishedAt = job.FinishedAt,
        Tags = job.Tags,
    };
}

/// <summary>A job with all that is known of it, as <c>naq job show</c> prints it.</summary>
internal sealed record JobDetail(string Id, string Queue, string Type, string State, int Attempts, int Interruptions)
{
    public required string Priority { get; init; }

    public required string? Reason { get; init; }

    public required string? Error { get; init; }

    public required JsonElement? Payload { get; init; }

    public required JsonElement? Result { get; init; }

    public required DateTimeOffset EnqueuedAt { get; init; }

    public required DateTimeOffset? DueAt { get; init; }

    public required DateTimeOffset? StartedAt { get; init; }

    public required DateTimeOffset? FinishedAt { get; init; }

    public required IReadOnlyList<string> Tags { get; init; }

    public required double? Progress { get; init; }

    public required string? Note { get; init; }

    public required string? Log { get; init; }

    public static View<JobDetail> View { get; } = new(
        DocumentJson.Default.JobDetail,
        Cell.Text<JobDetail>("id", static j => j.Id),
        Cell.Text<JobDetail>("queue", static j => j.Queue),
        Cell.Text<JobDetail>("type", static j => j.Type),
        Cell.Text<JobDetail>("priority", static j => j.Priority),
        Cell.Text<JobDetail>("state", static j => j.State),
        Cell.Number<JobDetail>("attempts", static j => j.Attempts),
        Cell.Number<JobDetail>("interruptions", static j => j.Interruptions),
        Cell.Text<JobDetail>("tags", static j => j.Tags.Count == 0 ? null : string.Join(", ", j.Tags)),
        Cell.Text<JobDetail>("progress", static j => j.Progress is { } share ? string.Create(CultureInfo.InvariantCulture, $"{share:P0}") : null),
        Cell.Text<JobDetail>("note", static j => j.Note),
        Cell.Text<JobDetail>("reason", static j => j.Reason),
        Cell.Text<JobDetail>("error", static j => j.Error),
        Cell.Text<JobDetail>("log", static j => j.Log),
        Cell.Text<JobDetail>("payload", static j => j.Payload?.GetRawText()),
        Cell.Text<JobDetail>("result", static j => j.Result?.GetRawText()),
        Cell.Time<JobDetail>("enqueued", static j => j.EnqueuedAt),
        Cell.Time<JobDetail>("due", static j => j.DueAt),
        Cell.Time<JobDetail>("started", static j => j.StartedAt),
        Cell.Time<JobDetail>("finished", static j => j.FinishedAt));

    public static JobDetail Of(JobSnapshot job) => new(job.Id.ToString(), job.Queue, job.Type, job.State.WireName(), job.Attempts, job.Interruptions)
    {
        Priority = Parsing.Choice.NameOf(job.Priority),
        Reason = job.Reason,
        Error = job.Error,
        Payload = Json(Sealed.Show(job.Payload)),
        Result = Json(job.Result),
        EnqueuedAt = job.EnqueuedAt,
        DueAt = job.DueAt,
        StartedAt = job.StartedAt,
        FinishedAt = job.FinishedAt,
        Tags = job.Tags,
        Progress = job.Progress,
        Note = job.Note,
        Log = job.Log,
    };

    /// <summary>The same JSON as a value of a document; null: there is none.</summary>
    public static JsonElement? Json(ReadOnlyMemory<byte> json)
    {
        if (json.IsEmpty)
        {
            return null;
        }

        var reader = new Utf8JsonReader(json.Span, new JsonReaderOptions { MaxDepth = JobAssembly.MaxPayloadDepth });
        return JsonElement.ParseValue(ref reader);
    }
}

/// <summary>What a command has done to one job.</summary>
internal sealed record JobAnswer(string Id, string Outcome)
{
    public static View<JobAnswer> View { get; } = new(
        DocumentJson.Default.JobAnswer,
        Cell.Text<JobAnswer>("id", static a => a.Id),
        Cell.Text<JobAnswer>("outcome", static a => a.Outcome));
}
