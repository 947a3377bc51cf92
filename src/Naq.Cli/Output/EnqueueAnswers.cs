namespace Naq.Cli.Output;

/// <summary>The answer for one job of <c>naq enqueue</c>.</summary>
internal sealed record EnqueueAnswer(string Id, bool Duplicate)
{
    public static View<EnqueueAnswer> View { get; } = new(
        DocumentJson.Default.EnqueueAnswer,
        Cell.Text<EnqueueAnswer>("id", static a => a.Id),
        Cell.Text<EnqueueAnswer>("duplicate", static a => a.Duplicate ? "duplicate" : null));
}

/// <summary>The answer for one line of <c>naq enqueue --stdin</c> that was stored.</summary>
internal sealed record LineAnswer(long Line, string Id, bool Duplicate)
{
    public static View<LineAnswer> View { get; } = new(DocumentJson.Default.LineAnswer);
}

/// <summary>The answer for one line of <c>naq enqueue --stdin</c> that was not.</summary>
internal sealed record LineError(long Line, string Error)
{
    public static View<LineError> View { get; } = new(DocumentJson.Default.LineError);
}

/// <summary>What <c>naq load</c> has done.</summary>
internal sealed record LoadAnswer(string Queue, string Type, int Enqueued, double Seconds, double PerSecond)
{
    public static View<LoadAnswer> View { get; } = new(
        DocumentJson.Default.LoadAnswer,
        Cell.Text<LoadAnswer>("queue", static a => a.Queue),
        Cell.Text<LoadAnswer>("type", static a => a.Type),
        Cell.Number<LoadAnswer>("enqueued", static a => a.Enqueued),
        Cell.Seconds<LoadAnswer>("took", static a => a.Seconds),
        Cell.Number<LoadAnswer>("jobs/s", static a => (long)a.PerSecond));
}
