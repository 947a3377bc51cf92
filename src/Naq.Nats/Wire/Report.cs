using System.Text.Json;
using System.Text.Json.Serialization;
using Naq.Brokers;

namespace Naq.Nats.Wire;

/// <summary>What a job has said of itself so far: one message a job, replaced as a whole.</summary>
internal sealed record Report
{
    [JsonPropertyName("p")]
    public double? Progress { get; init; }

    [JsonPropertyName("n")]
    public string? Note { get; init; }

    [JsonPropertyName("c")]
    public byte[]? Checkpoint { get; init; }

    [JsonPropertyName("l")]
    public string? Log { get; init; }

    public static Report None { get; } = new();

    public Report With(in JobReport report) => this with
    {
        Progress = report.Progress ?? Progress,
        Note = report.Note ?? Note,
        Checkpoint = report.Checkpoint?.ToArray() ?? Checkpoint,
    };

    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, ReportJson.Default.Report);

    public static Report? Read(ReadOnlySpan<byte> bytes) => JsonSerializer.Deserialize(bytes, ReportJson.Default.Report);
}

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(Report))]
internal sealed partial class ReportJson : JsonSerializerContext;
