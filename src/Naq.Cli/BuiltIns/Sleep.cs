using System.Text.Json.Serialization;

namespace Naq.Cli.BuiltIns;

/// <summary><c>naq.noop</c>: does nothing.</summary>
internal sealed record NoOp : IJob<NoOp>, IBuiltIn
{
    public static JobType<NoOp> JobType { get; } = new("naq.noop", BuiltInJson.Default.NoOp, new());

    public string? Fault() => null;
}

/// <summary><c>naq.sleep</c>: waits without using a core.</summary>
internal sealed record Sleep([property: JsonRequired] int Ms) : IJob<Sleep>, IBuiltIn
{
    public static JobType<Sleep> JobType { get; } = new("naq.sleep", BuiltInJson.Default.Sleep, new());

    public string? Fault() => Bounds.OfMs(Ms);
}

internal sealed class NoOpHandler(Ledger ledger, TimeProvider time) : IJobHandler<NoOp>
{
    public ValueTask<JobOutcome> HandleAsync(NoOp job, JobContext context, CancellationToken ct)
    {
        ledger.Append(context, time.GetUtcNow(), TimeSpan.Zero);
        return new(JobOutcome.Done);
    }
}

internal sealed class SleepHandler(Ledger ledger, TimeProvider time) : IJobHandler<Sleep>
{
    public async ValueTask<JobOutcome> HandleAsync(Sleep job, JobContext context, CancellationToken ct)
    {
        var (startedAt, start) = (time.GetUtcNow(), time.GetTimestamp());
        await Task.Delay(TimeSpan.FromMilliseconds(job.Ms), time, ct).ConfigureAwait(false);
        ledger.Append(context, startedAt, time.GetElapsedTime(start));
        return JobOutcome.Done;
    }
}
