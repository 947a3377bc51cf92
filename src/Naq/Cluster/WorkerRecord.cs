using System.Text.Json;
using System.Text.Json.Serialization;

namespace Naq.Cluster;

/// <summary>What a worker is doing.</summary>
internal enum WorkerState
{
    /// <summary>Not claiming yet: it opens the broker, or waits for a seat in its pool.</summary>
    Starting,

    /// <summary>Claims and runs jobs.</summary>
    Running,

    /// <summary>Told to claim nothing for now.</summary>
    Quiet,

    /// <summary>Claims on, but wants to be replaced: too old, or near its memory limit.</summary>
    Retiring,

    /// <summary>Finishes what it runs, then leaves.</summary>
    Draining,
}

/// <summary>A worker's entry in the registry, written with every heartbeat. Totals count since the worker started.</summary>
internal sealed record WorkerRecord
{
    /// <summary>Its name, unique among living workers.</summary>
    public required string Name { get; init; }

    public required string Host { get; init; }

    public required int Pid { get; init; }

    /// <summary>What its provisioner called it (<c>NAQ_REPLICA</c>); null: nobody did.</summary>
    public string? Replica { get; init; }

    /// <summary>Its pool (<c>NAQ_POOL</c>); null: none.</summary>
    public string? Pool { get; init; }

    public required IReadOnlyList<string> Queues { get; init; }

    /// <summary>Slots.</summary>
    public required int Concurrency { get; init; }

    public required WorkerState State { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>Seconds from process start to its first claim attempt; null: not there yet. The cold start that a provisioner learns.</summary>
    public double? ColdStartSeconds { get; init; }

    /// <summary>Jobs running in its slots now.</summary>
    public int Busy { get; init; }

    /// <summary>When this was written, wall time.</summary>
    public DateTimeOffset SeenAt { get; init; }

    public long Succeeded { get; init; }

    public long Failed { get; init; }

    /// <summary>Attempts that ended (count, sum and sum of squares of the seconds they held a slot).</summary>
    public long ServiceCount { get; init; }

    public double ServiceSeconds { get; init; }

    public double ServiceSecondsSquared { get; init; }

    /// <summary>Attempts started, and the sum of their waits from ready to start in seconds.</summary>
    public long Started { get; init; }

    public double WaitSeconds { get; init; }

    /// <summary>The same waits by <see cref="WaitHistogram"/>'s buckets, up to the last that is not empty; null: a worker of an older version.</summary>
    public IReadOnlyList<long>? Waits { get; init; }

    public long MemoryBytes { get; init; }

    public double CpuSeconds { get; init; }

    /// <summary>Counters of what went wrong, by a short stable name; only those above 0.</summary>
    public IReadOnlyDictionary<string, long>? Troubles { get; init; }

    /// <summary>Something that its jobs need and that is away, as its handlers say; null: nothing.</summary>
    public string? OpenDependency { get; init; }

    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, ClusterJson.Default.WorkerRecord);

    public static WorkerRecord? FromBytes(ReadOnlySpan<byte> bytes) => JsonSerializer.Deserialize(bytes, ClusterJson.Default.WorkerRecord);
}

/// <summary>Keys and reads of the worker registry. A worker that stops writing disappears after its time to live.</summary>
internal static class WorkerRegistry
{
    public const string Prefix = "workers/";

    /// <summary>Where <see cref="WorkerCommand"/>s for a worker are put.</summary>
    public const string ControlPrefix = "control/workers/";

    public static string Key(string worker) => Prefix + worker;

    public static string ControlKey(string worker) => ControlPrefix + worker;

    /// <summary>Every living worker, by name.</summary>
    public static async ValueTask<IReadOnlyList<WorkerRecord>> ListAsync(Brokers.IClusterStore cluster, CancellationToken ct)
    {
        var entries = await cluster.ListAsync(Prefix, ct).ConfigureAwait(false);
        var workers = new List<WorkerRecord>(entries.Count);
        foreach (var entry in entries)
        {
            if (WorkerRecord.FromBytes(entry.Value.Span) is { } worker)
            {
                workers.Add(worker);
            }
        }

        return workers;
    }
}

/// <summary>What can be asked of a worker through the cluster store; the value is the lower-case name.</summary>
internal enum WorkerCommand
{
    /// <summary>Claim nothing until resumed.</summary>
    Quiet,

    /// <summary>Claim again.</summary>
    Resume,

    /// <summary>Finish and leave.</summary>
    Drain,
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true)]
[JsonSerializable(typeof(WorkerRecord))]
internal sealed partial class ClusterJson : JsonSerializerContext;
