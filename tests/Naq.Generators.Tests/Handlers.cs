using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;

namespace Naq.Generators.Tests;

/// <summary>What handlers did, for the tests to read.</summary>
internal sealed class Seen
{
    public ConcurrentBag<string> Notes { get; } = [];
}

/// <summary>A service of the job's scope, told from those of other jobs by its identity.</summary>
internal sealed class PerJob;

[Job("run.nothing")]
internal sealed partial record Nothing(string Text);

[Job("run.task")]
internal sealed partial record InTask(string Text);

[Job("run.value-task")]
internal sealed partial record InValueTask(string Text);

[Job("run.outcome")]
internal sealed partial record WithOutcome(string Text);

[Job("run.task-of-outcome")]
internal sealed partial record InTaskOfOutcome(string Text);

[Job("run.value-task-of-outcome")]
internal sealed partial record InValueTaskOfOutcome(string Text);

[Job("sum.plain")]
internal sealed partial record Sum(int A, int B) : IJob<Sum, int>;

[Job("sum.task")]
internal sealed partial record SumInTask(int A, int B) : IJob<SumInTask, long>;

[Job("words.value-task", Queue = "words", MaxAttempts = 3, Timeout = "00:02:00", Priority = JobPriority.High, ResultTtl = "01:00:00")]
internal sealed partial record Words(string Text) : IJob<Words, IReadOnlyList<Word>>;

internal sealed record Word(string Text, int Length);

[Job("fail.at-once", Backoff = Backoff.Constant, MaxAttempts = 4), GiveUpOn<FormatException>]
internal sealed partial record Failing(string Why) : IJob<Failing, int>;

[Job("once.a-day", UniqueFor = "1.00:00:00")]
internal sealed partial record OnceADay([property: UniqueKey] long Account, [UniqueKey] string? Kind, string Note = "");

internal abstract record OfTenant
{
    [UniqueKey]
    public int Tenant { get; init; }
}

[Job("once.by-tenant")]
internal sealed partial record OnceByTenant(string Note) : OfTenant;

[Job("once.at-a-time")]
internal sealed partial record OnceAtATime([UniqueKey] DateTimeOffset At);

internal sealed class Instances(Seen seen, PerJob mine)
{
    [JobHandler]
    public async Task RunAsync(InTask job, JobContext context, PerJob same, CancellationToken ct)
    {
        await Task.CompletedTask.WaitAsync(ct);
        seen.Notes.Add($"{context.Type} {job.Text} {ReferenceEquals(mine, same)}");
    }

    [JobHandler]
    internal ValueTask RunAsync(
        IServiceProvider services, InValueTask job, [FromKeyedServices("k")] string keyed, Version? none = null, CancellationToken ct = default)
    {
        ct.ThrowIfCancellationRequested();
        seen.Notes.Add($"{job.Text} {ReferenceEquals(mine, services.GetRequiredService<PerJob>())} {keyed} {none is null}");
        return ValueTask.CompletedTask;
    }

    [JobHandler]
    public async ValueTask<IReadOnlyList<Word>> CountAsync(Words job, CancellationToken ct)
    {
        await Task.CompletedTask.WaitAsync(ct);
        seen.Notes.Add(job.Text);
        return [.. job.Text.Split(' ').Select(static w => new Word(w, w.Length))];
    }

    public static class Within
    {
        [JobHandler]
        public static Task<long> Add(SumInTask job, CancellationToken ct) => Task.FromResult((long)job.A + job.B).WaitAsync(ct);
    }
}

internal static class Statics
{
    [JobHandler]
    public static void Run(Nothing job, Seen seen) => seen.Notes.Add(job.Text);

    [JobHandler]
    public static JobOutcome Run(WithOutcome job, JobContext context) =>
        context.Attempt > 1 ? JobOutcome.Done : JobOutcome.Retry(TimeSpan.Zero, job.Text);

    [JobHandler]
    public static Task<JobOutcome> RunAsync(InTaskOfOutcome job, CancellationToken ct) => Task.FromResult(JobOutcome.Discard(job.Text)).WaitAsync(ct);

    [JobHandler]
    public static ValueTask<JobOutcome> RunAsync(InValueTaskOfOutcome job, CancellationToken ct) =>
        new(ct.IsCancellationRequested ? JobOutcome.Retry() : JobOutcome.Discard(job.Text));

    [JobHandler]
    public static int Add(Sum job) => job.A + job.B;

    [JobHandler]
    public static JobOutcome Fail(Failing job) => job.Why switch
    {
        "format" => throw new FormatException("no such format"),
        "text" => JobOutcome.DoneWith("\"no number\""u8.ToArray()),
        _ => JobOutcome.Done,
    };

    [JobHandler]
    public static void Run(OnceADay job) => ArgumentNullException.ThrowIfNull(job);
}
