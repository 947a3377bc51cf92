using System.Text.Json;
using System.Text.Json.Serialization;

namespace Naq.Brokers;

/// <summary>The part of a job's options that travels with it to the worker, as JSON. Unknown members are kept.</summary>
public sealed record JobSettings
{
    /// <summary>The version of this shape that this build writes and understands.</summary>
    public const int CurrentVersion = 1;

    /// <summary>All defaults.</summary>
    public static JobSettings Default { get; } = new();

    /// <value>The version it was written with. A worker leaves a job of a newer version alone and says so.</value>
    [JsonPropertyName("v")]
    public int Version { get; init; } = CurrentVersion;

    /// <value>Attempts in all. Default 5.</value>
    public int MaxAttempts { get; init; } = RetryPolicy.Default.MaxAttempts;

    /// <value>How the retry delay grows.</value>
    public Backoff Backoff { get; init; } = RetryPolicy.Default.Backoff;

    /// <value>The first retry delay, in milliseconds.</value>
    public long RetryFirstMs { get; init; } = (long)RetryPolicy.Default.First.TotalMilliseconds;

    /// <value>The longest retry delay, in milliseconds.</value>
    public long RetryCapMs { get; init; } = (long)RetryPolicy.Default.Cap.TotalMilliseconds;

    /// <value>Explicit retry delays, in milliseconds; null: none.</value>
    public IReadOnlyList<long>? RetryDelaysMs { get; init; }

    /// <value>The longest an attempt may run, in milliseconds; null: no limit.</value>
    public long? TimeoutMs { get; init; }

    /// <value>How long the result is kept, in milliseconds; null: as long as the record.</value>
    public long? ResultTtlMs { get; init; }

    /// <value>What people find it by; null: nothing.</value>
    public IReadOnlyList<string>? Tags { get; init; }

    /// <value>What travels beside the payload; null: nothing.</value>
    public IReadOnlyDictionary<string, string>? Headers { get; init; }

    /// <value>Members that a newer build wrote.</value>
    [JsonExtensionData]
    [System.Diagnostics.CodeAnalysis.SuppressMessage("Usage", "CA2227", Justification = "The JSON generator fills extension data through a setter only.")]
    public IDictionary<string, JsonElement>? Unknown { get; set; }

    /// <summary>The retry policy that these settings describe.</summary>
    [JsonIgnore]
    public RetryPolicy Retry => new(MaxAttempts, Backoff, TimeSpan.FromMilliseconds(RetryFirstMs), TimeSpan.FromMilliseconds(RetryCapMs))
    {
        Delays = RetryDelaysMs is { } delays ? [.. delays.Select(static ms => TimeSpan.FromMilliseconds(ms))] : [],
    };

    /// <summary>The settings as they travel; empty for <see cref="Default"/>.</summary>
    public byte[] ToBytes() => Equals(Default) ? [] : JsonSerializer.SerializeToUtf8Bytes(this, JobSettingsJson.Default.JobSettings);

    /// <summary>Reads what <see cref="ToBytes"/> wrote.</summary>
    public static JobSettings FromBytes(ReadOnlySpan<byte> bytes) =>
        bytes.IsEmpty ? Default : JsonSerializer.Deserialize(bytes, JobSettingsJson.Default.JobSettings) ?? Default;
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true)]
[JsonSerializable(typeof(JobSettings))]
internal sealed partial class JobSettingsJson : JsonSerializerContext;
