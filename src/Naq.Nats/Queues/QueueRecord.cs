using System.Text.Json;
using System.Text.Json.Serialization;

namespace Naq.Nats.Queues;

/// <summary>What is kept of a queue in the bucket, so that every process knows it at once.</summary>
internal sealed record QueueRecord
{
    [JsonPropertyName("paused")]
    public bool IsPaused { get; set; }

    [JsonPropertyName("max_length")]
    public long? MaxLength { get; set; }

    /// <summary>Which consumers it has: <c>0 1 2 a</c> to claim from, <c>s d</c> to count scheduled and dead jobs.</summary>
    [JsonPropertyName("lanes")]
    public string Lanes { get; set; } = "";

    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, QueueJson.Default.QueueRecord);

    public static QueueRecord Read(ReadOnlySpan<byte> bytes) => JsonSerializer.Deserialize(bytes, QueueJson.Default.QueueRecord) ?? new();
}

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(QueueRecord))]
internal sealed partial class QueueJson : JsonSerializerContext;
