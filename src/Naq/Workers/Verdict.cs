using Naq.Brokers;

namespace Naq.Workers;

/// <summary>What the end of an attempt means for its job. Pure: the clock and the dice are given.</summary>
/// <param name="job">The job as it was claimed.</param>
/// <param name="retry">The job's retry policy; the handler's list of fatal exceptions is part of <paramref name="handlerRetry"/>.</param>
/// <param name="handlerRetry">The handler's own policy; null: it has none.</param>
/// <param name="startedAt">When the attempt began.</param>
/// <param name="now">Now, wall time.</param>
/// <param name="random">For jitter.</param>
internal readonly struct Verdict(ClaimedJob job, RetryPolicy retry, RetryPolicy? handlerRetry, DateTimeOffset startedAt, DateTimeOffset now, Random random)
    : IOutcomeVisitor<Settlement>
{
    /// <summary>A job whose type has no handler here waits this long at first, doubled each time; another program may know it.</summary>
    private static readonly TimeSpan NoHandlerDelay = TimeSpan.FromSeconds(30);

    private const int MaxErrorLength = 16 * 1024;
    private const int MaxReasonLength = 300;

    public const string NoHandlerReason = "no handler";

    public Settlement Succeed(ReadOnlyMemory<byte> result) => new(job.Lease, SettleKind.Succeed)
    {
        Result = result,
        ResultTtl = job.Settings.ResultTtlMs is { } ms ? TimeSpan.FromMilliseconds(ms) : null,
        StartedAt = startedAt,
    };

    public Settlement Snooze(TimeSpan delay) => new(job.Lease, SettleKind.Snooze) { DueAt = now + Positive(delay), StartedAt = startedAt };

    public Settlement Retry(TimeSpan? after, string? reason) => Fail(after, reason ?? "the handler asked for a retry", null);

    public Settlement Discard(string reason) => Dead(reason, null);

    /// <summary>The handler threw.</summary>
    public Settlement Threw(Exception error) =>
        error is JobSerializationException || handlerRetry?.GivesUpOn(error) == true
            ? Dead(Reason(error), error.ToString())
            : Fail(null, Reason(error), error.ToString());

    public Settlement TimedOut(TimeSpan timeout) => Fail(null, $"timeout: it ran longer than {timeout}", null);

    public Settlement NoHandler() => job.Attempt >= job.Settings.MaxAttempts
        ? Dead(NoHandlerReason, $"No worker of this queue knows the job type '{job.Type}'.")
        : Later(NoHandlerDelay * Math.Pow(2, Math.Min(job.Attempt - 1, 6)), NoHandlerReason, null);

    public Settlement HandBack() => new(job.Lease, SettleKind.HandBack) { StartedAt = startedAt };

    public Settlement Cancelled() => new(job.Lease, SettleKind.Cancelled) { StartedAt = startedAt };

    private Settlement Fail(TimeSpan? after, string reason, string? error) => job.Attempt >= retry.MaxAttempts
        ? Dead(reason, error)
        : Later(Positive(after ?? retry.DelayAfter(job.Attempt, random)), reason, error);

    private Settlement Later(TimeSpan delay, string reason, string? error) =>
        new(job.Lease, SettleKind.Retry) { DueAt = now + delay, Reason = Cut(reason, MaxReasonLength), Error = Cut(error, MaxErrorLength), StartedAt = startedAt };

    private Settlement Dead(string reason, string? error) =>
        new(job.Lease, SettleKind.Dead) { Reason = Cut(reason, MaxReasonLength), Error = Cut(error, MaxErrorLength), StartedAt = startedAt };

    private static string Reason(Exception error) => $"{error.GetType().Name}: {error.Message.ReplaceLineEndings(" ")}";

    private static TimeSpan Positive(TimeSpan delay) => delay < TimeSpan.Zero ? TimeSpan.Zero : delay;

    private static string? Cut(string? text, int length) => text?.Length > length ? text[..length] : text;
}
