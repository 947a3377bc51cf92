using System.Text.Json.Serialization;

namespace Naq.Cli.Benchmarks;

/// <summary>A job that is unique while it waits or runs, by a number that follows that of the job before it. Its payload is that of the plain job, and read as that is.</summary>
internal sealed record Keyed : IJob<Keyed>
{
    public static JobType<Keyed> JobType { get; } = new("bench.keyed", BenchJson.Default.Keyed, new())
    {
        UniqueKey = static job => job.Number.ToString(System.Globalization.CultureInfo.InvariantCulture),
    };

    [JsonIgnore]
    public int Number { get; init; }
}

/// <summary>The same by a key that has nothing in common with that of the job before it.</summary>
internal sealed record Scattered : IJob<Scattered>
{
    public static JobType<Scattered> JobType { get; } = new("bench.scattered", BenchJson.Default.Scattered, new())
    {
        UniqueKey = static job => ((ulong)job.Number * 0x9E3779B97F4A7C15).ToString("x16", System.Globalization.CultureInfo.InvariantCulture),
    };

    [JsonIgnore]
    public int Number { get; init; }
}

/// <summary>A job with a payload of some size.</summary>
internal sealed record Padded(string Text) : IJob<Padded>
{
    public static JobType<Padded> JobType { get; } = new("bench.padded", BenchJson.Default.Padded, new());
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(Keyed))]
[JsonSerializable(typeof(Scattered))]
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
