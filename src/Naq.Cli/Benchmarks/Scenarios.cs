using Naq.Cli.Benchmarks.Raw;

namespace Naq.Cli.Benchmarks;

/// <summary>Every scenario, in the order in which they run and are printed.</summary>
internal static class Scenarios
{
    /// <summary>The raw engine, which the others are compared with.</summary>
    public static Scenario Raw { get; } = new RawScenario();

    public static IReadOnlyList<Scenario> All { get; } =
    [
        Raw,
        new EnqueueBulkScenario(),
        new EnqueueCallersScenario(),
        new DrainScenario("drain", isProcess: false),
        new CycleScenario("cycle", WorkerKind.Inside, callers: 1),
        new CycleScenario("cycle_callers", WorkerKind.Inside, CycleScenario.ManyCallers),
        new CycleScenario("cycle_results", WorkerKind.WithResults, callers: 1),
        new DrainScenario("drain_process", isProcess: true),
        new CycleScenario("cycle_process", WorkerKind.Process, callers: 1),
        new CycleScenario("cycle_process_callers", WorkerKind.Process, CycleScenario.ManyCallers),
        new LatencyScenario(),
        new StartScenario(),
        new IdleScenario(),
        new DecideScenario(),
        new MemoryScenario(),
    ];

    public static IEnumerable<string> Names => All.Select(static scenario => scenario.Name);
}
