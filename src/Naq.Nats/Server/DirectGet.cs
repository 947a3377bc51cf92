using System.Text.Json.Serialization;

namespace Naq.Nats.Server;

/// <summary>A read past the leader (nats-server, ADR-31).</summary>
internal sealed record DirectGet
{
    [JsonPropertyName("last_by_subj")]
    public string? LastBySubject { get; init; }

    [JsonPropertyName("next_by_subj")]
    public string? NextBySubject { get; init; }

    [JsonPropertyName("multi_last")]
    public IReadOnlyList<string>? LastOfEach { get; init; }

    [JsonPropertyName("seq")]
    public ulong Sequence { get; init; }

    [JsonPropertyName("up_to_seq")]
    public ulong? UpToSequence { get; init; }

    [JsonPropertyName("batch")]
    public int Batch { get; init; }

    [JsonPropertyName("max_bytes")]
    public int MaxBytes { get; init; }
}

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(DirectGet))]
internal sealed partial class RequestJson : JsonSerializerContext;
