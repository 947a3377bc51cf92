using System.Text.Json.Serialization;

namespace Naq.Cli.BuiltIns;

/// <summary><c>naq.memory</c>: holds memory for a while, or, leaking, until the process ends.</summary>
internal sealed record Memory([property: JsonRequired] int Mb, int Ms = 0, bool Leak = false) : IJob<Memory>, IBuiltIn
{
    private const int MaxMb = 2000;

    public static JobType<Memory> JobType { get; } = new("naq.memory", BuiltInJson.Default.Memory, new());

    public string? Fault() => Mb is >= 0 and <= MaxMb ? Bounds.OfMs(Ms) : $"mb {Mb} is not within 0 and {MaxMb}";
}

/// <summary>What leaked: it lives as long as the worker.</summary>
internal sealed class Leaks
{
    private readonly System.Collections.Concurrent.ConcurrentBag<byte[]> _leaked = [];

    public void Keep(byte[] memory) => _leaked.Add(memory);
}

internal sealed class MemoryHandler(Ledger ledger, TimeProvider time, Leaks leaks) : IJobHandler<Memory>
{
    public async ValueTask<JobOutcome> HandleAsync(Memory job, JobContext context, CancellationToken ct)
    {
        var (startedAt, start) = (time.GetUtcNow(), time.GetTimestamp());
        var held = GC.AllocateUninitializedArray<byte>(job.Mb * 1_000_000);
        held.AsSpan().Fill(1); // the system hands pages out when they are written
        await Task.Delay(TimeSpan.FromMilliseconds(job.Ms), time, ct).ConfigureAwait(false);
        if (job.Leak)
        {
            leaks.Keep(held);
        }

        GC.KeepAlive(held);
        ledger.Append(context, startedAt, time.GetElapsedTime(start));
        return JobOutcome.Done;
    }
}
