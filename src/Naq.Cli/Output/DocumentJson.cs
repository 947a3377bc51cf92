using System.Text.Json.Serialization;

namespace Naq.Cli.Output;

/// <summary>The JSON of everything the command line prints: snake_case, every member always there.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(QueueDocument))]
[JsonSerializable(typeof(QueueDetail))]
[JsonSerializable(typeof(JobDocument))]
[JsonSerializable(typeof(JobDetail))]
[JsonSerializable(typeof(JobAnswer))]
[JsonSerializable(typeof(EnqueueAnswer))]
[JsonSerializable(typeof(LineAnswer))]
[JsonSerializable(typeof(LineError))]
[JsonSerializable(typeof(CountAnswer))]
[JsonSerializable(typeof(LoadAnswer))]
[JsonSerializable(typeof(WorkerDocument))]
[JsonSerializable(typeof(WorkerAnswer))]
[JsonSerializable(typeof(FindingDocument))]
[JsonSerializable(typeof(SettingDocument))]
[JsonSerializable(typeof(PoolDocument))]
[JsonSerializable(typeof(OrdersDocument))]
[JsonSerializable(typeof(DecisionDocument))]
[JsonSerializable(typeof(ForecastDocument))]
[JsonSerializable(typeof(BacktestDocument))]
[JsonSerializable(typeof(SimulationDocument))]
[JsonSerializable(typeof(SuiteDocument))]
[JsonSerializable(typeof(IReadOnlyList<SimulationDocument>))]
[JsonSerializable(typeof(DifferenceDocument))]
[JsonSerializable(typeof(DemoDocument))]
[JsonSerializable(typeof(BenchDocument))]
[JsonSerializable(typeof(MachineDocument))]
[JsonSerializable(typeof(FigureDocument))]
internal sealed partial class DocumentJson : JsonSerializerContext;
