using System.Text.Json.Serialization;

namespace Naq.Cli.BuiltIns;

/// <summary><c>naq.fail</c>: fails its first attempts, then succeeds.</summary>
internal sealed record Fail([property: JsonRequired] int Times) : IJob<Fail>, IBuiltIn
{
    public static JobType<Fail> JobType { get; } = new("naq.fail", BuiltInJson.Default.Fail, new());

    public string? Fault() => Times >= 0 ? null : $"times {Times} is below 0";
}

internal sealed class FailHandler : IJobHandler<Fail>
{
    public ValueTask<JobOutcome> HandleAsync(Fail job, JobContext context, CancellationToken ct) => context.Attempt > job.Times
        ? new(JobOutcome.Done)
        : throw new InvalidOperationException($"Attempt {context.Attempt} fails on purpose, as the first {job.Times} do.");
}
