using System.Text.Json;
using System.Text.Json.Serialization;

namespace Naq.Nats.Wire;

/// <summary>One message of the event stream: the jobs that one flush of settlements ended well, or that were forgotten by hand.</summary>
internal sealed record Outcomes
{
    /// <summary>The most outcomes in one message.</summary>
    public const int Most = 500;

    [JsonPropertyName("v")]
    public int Version { get; init; } = 1;

    [JsonPropertyName("jobs")]
    public IReadOnlyList<Outcome> Jobs { get; init; } = [];

    /// <summary>Jobs whose record was deleted.</summary>
    [JsonPropertyName("gone")]
    public IReadOnlyList<string>? Gone { get; init; }

    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, OutcomesJson.Default.Outcomes);

    public static Outcomes Read(ReadOnlySpan<byte> bytes) => JsonSerializer.Deserialize(bytes, OutcomesJson.Default.Outcomes) ?? new();
}

/// <summary>A job that succeeded. Times in milliseconds since 1970.</summary>
internal sealed record Outcome
{
    [JsonPropertyName("id")]
    public required string Id { get; init; }

    [JsonPropertyName("q")]
    public required string Queue { get; init; }

    [JsonPropertyName("t")]
    public required string Type { get; init; }

    [JsonPropertyName("c")]
    public int Priority { get; init; }

    [JsonPropertyName("a")]
    public int Attempts { get; init; }

    [JsonPropertyName("i")]
    public int Interruptions { get; init; }

    [JsonPropertyName("e")]
    public long EnqueuedAt { get; init; }

    [JsonPropertyName("s")]
    public long? StartedAt { get; init; }

    [JsonPropertyName("f")]
    public long EndedAt { get; init; }

    [JsonPropertyName("g")]
    public IReadOnlyList<string>? Tags { get; init; }
}

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(Outcomes))]
internal sealed partial class OutcomesJson : JsonSerializerContext;
