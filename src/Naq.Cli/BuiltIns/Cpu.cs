using System.Text.Json.Serialization;

namespace Naq.Cli.BuiltIns;

/// <summary><c>naq.cpu</c>: keeps a core busy.</summary>
internal sealed record Cpu([property: JsonRequired] int Ms) : IJob<Cpu>, IBuiltIn
{
    public static JobType<Cpu> JobType { get; } = new("naq.cpu", BuiltInJson.Default.Cpu, new());

    public string? Fault() => Bounds.OfMs(Ms);
}

internal sealed class CpuHandler(TimeProvider time) : IJobHandler<Cpu>
{
    public ValueTask<JobOutcome> HandleAsync(Cpu job, JobContext context, CancellationToken ct)
    {
        var start = time.GetTimestamp();
        while (time.GetElapsedTime(start).TotalMilliseconds < job.Ms)
        {
            ct.ThrowIfCancellationRequested();
            Thread.SpinWait(10_000);
        }

        return new(JobOutcome.Done);
    }
}
