using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Naq;

/// <summary>How an attempt ended, as a value. Failure is an exception.</summary>
public abstract record JobOutcome
{
    private JobOutcome()
    {
    }

    /// <summary>The job is done.</summary>
    public static JobOutcome Done { get; } = new Succeeded(default);

    /// <summary>The job is done, with a result in JSON.</summary>
    public static JobOutcome DoneWith(ReadOnlyMemory<byte> json) => new Succeeded(json);

    /// <summary>The job is done, with a result.</summary>
    public static JobOutcome DoneWith<TResult>(TResult result, JsonTypeInfo<TResult> json) =>
        new Succeeded(JsonSerializer.SerializeToUtf8Bytes(result, json));

    /// <summary>Run again after <paramref name="delay"/>; uses no attempt.</summary>
    public static JobOutcome Snooze(TimeSpan delay) => new Snoozed(delay);

    /// <summary>The attempt failed; run again after <paramref name="after"/> (null: as the retry policy says).</summary>
    public static JobOutcome Retry(TimeSpan? after = null, string? reason = null) => new Retried(after, reason);

    /// <summary>Give the job up: it is dead, with <paramref name="reason"/>, and runs no more.</summary>
    public static JobOutcome Discard(string reason) => new Discarded(reason);

    /// <summary>Tells <paramref name="attempt"/> what this outcome means.</summary>
    internal abstract T Match<TVisitor, T>(in TVisitor attempt) where TVisitor : struct, IOutcomeVisitor<T>;

    private sealed record Succeeded(ReadOnlyMemory<byte> Result) : JobOutcome
    {
        internal override T Match<TVisitor, T>(in TVisitor attempt) => attempt.Succeed(Result);
    }

    private sealed record Snoozed(TimeSpan Delay) : JobOutcome
    {
        internal override T Match<TVisitor, T>(in TVisitor attempt) => attempt.Snooze(Delay);
    }

    private sealed record Retried(TimeSpan? After, string? Reason) : JobOutcome
    {
        internal override T Match<TVisitor, T>(in TVisitor attempt) => attempt.Retry(After, Reason);
    }

    private sealed record Discarded(string Reason) : JobOutcome
    {
        internal override T Match<TVisitor, T>(in TVisitor attempt) => attempt.Discard(Reason);
    }
}

/// <summary>Turns each kind of outcome into a <typeparamref name="T"/>; one method a kind, so that a new kind does not compile until it is handled. A value, so that none is made for each attempt.</summary>
internal interface IOutcomeVisitor<out T>
{
    T Succeed(ReadOnlyMemory<byte> result);

    T Snooze(TimeSpan delay);

    T Retry(TimeSpan? after, string? reason);

    T Discard(string reason);
}
