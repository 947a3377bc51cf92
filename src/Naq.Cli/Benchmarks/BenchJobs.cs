using System.Text.Json.Serialization;

namespace Naq.Cli.Benchmarks;

/// <summary>A job that is unique while it waits or runs.</summary>
internal sealed record Keyed(int Number) : IJob<Keyed>
{
    public static JobType<Keyed> JobType { get; } = new("bench.keyed", BenchJson.Default.Keyed, new())
    {
        UniqueKey = static job => job.Number.ToString(System.Globalization.CultureInfo.InvariantCulture),
    };
}

/// <summary>A job with a payload of some size.</summary>
internal sealed record Padded(string Text) : IJob<Padded>
{
    public static JobType<Padded> JobType { get; } = new("bench.padded", BenchJson.Default.Padded, new());
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(Keyed))]
[JsonSerializable(typeof(Padded))]
internal sealed partial class BenchJson : JsonSerializerContext;

/// <summary>Does nothing with any job.</summary>
internal sealed class IdleHandler<TJob> : IJobHandler<TJob>
{
    public ValueTask<JobOutcome> HandleAsync(TJob job, JobContext context, CancellationToken ct) => new(JobOutcome.Done);
}

/// <summary>Answers with a result.</summary>
internal sealed class ResultHandler<TJob> : IJobHandler<TJob>
{
    private static readonly byte[] Result = "{}"u8.ToArray();

    public ValueTask<JobOutcome> HandleAsync(TJob job, JobContext context, CancellationToken ct) => new(JobOutcome.DoneWith(Result));
}

/// <summary>Asks for another attempt, at once, the first time.</summary>
internal sealed class RetryHandler<TJob> : IJobHandler<TJob>
{
    public ValueTask<JobOutcome> HandleAsync(TJob job, JobContext context, CancellationToken ct) =>
        new(context.Attempt > 1 ? JobOutcome.Done : JobOutcome.Retry(TimeSpan.Zero));
}
