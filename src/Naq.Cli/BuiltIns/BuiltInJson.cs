using System.Text.Json.Serialization;

namespace Naq.Cli.BuiltIns;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(NoOp))]
[JsonSerializable(typeof(Sleep))]
[JsonSerializable(typeof(Cpu))]
[JsonSerializable(typeof(Io))]
[JsonSerializable(typeof(Memory))]
[JsonSerializable(typeof(Fail))]
[JsonSerializable(typeof(Exec))]
[JsonSerializable(typeof(LedgerLine))]
internal sealed partial class BuiltInJson : JsonSerializerContext;
