using System.Text.Json.Serialization;

namespace Naq.Scaling.Decisions;

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    IgnoreReadOnlyProperties = false)]
[JsonSerializable(typeof(Decision))]
[JsonSerializable(typeof(PoolState))]
[JsonSerializable(typeof(PoolTarget))]
internal sealed partial class DecisionJson : JsonSerializerContext;
