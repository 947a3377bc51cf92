using Naq.Cli.Benchmarks.Raw;
using Naq.Sqlite;

namespace Naq.Cli.Benchmarks;

/// <summary>Every scenario, in the order in which they run and are printed: what is compared is near each other, for a machine changes its pace.</summary>
internal static class Scenarios
{
    private static readonly Durability?[] OnlyDefault = [Durability.Synced];
    private static readonly Crew FourInside = Crew.Inside with { Count = 4 };
    private static readonly Crew FourProcesses = Crew.Process with { Count = 4 };

    /// <summary>The raw engine, which the others are compared with.</summary>
    public static Scenario Raw { get; } = new RawScenario();

    public static IReadOnlyList<Scenario> All { get; } =
    [
        Raw,
        new EnqueueScenario("enqueue_one", callers: 1) { Raw = RawFigure.Enqueue },
        new EnqueueScenario("enqueue_callers", Callers.Many) { Raw = RawFigure.Enqueue },
        new EnqueueScenario("enqueue_bulk", Callers.Bulk) { Raw = RawFigure.Enqueue },
        new DrainScenario("drain", Load.Plain, Crew.Inside) { Raw = RawFigure.Drain },
        new DrainScenario("drain_4", Load.Plain, FourInside) { Raw = RawFigure.Drain, Plain = "drain" },
        new DrainScenario("drain_queues", Load.InManyQueues, Crew.Inside) { Raw = RawFigure.DrainQueues, Plain = "drain" },
        new DrainScenario("backlog", Load.Plain, Crew.Inside) { Stored = 20, Timed = 4, Plain = "drain", IsOnlyNamed = true },
        new DrainScenario("drain_process", Load.Plain, Crew.Process) { Raw = RawFigure.Drain },
        new DrainScenario("drain_process_4", Load.Plain, FourProcesses) { Raw = RawFigure.Drain, Plain = "drain_process" },
        new CycleScenario("cycle", Load.Plain, Crew.Inside) { Raw = RawFigure.Cycle },
        new CycleScenario("cycle_results", Load.Results, Crew.Inside) { Raw = RawFigure.CycleResults, Plain = "cycle" },
        new CycleScenario("cycle_unique", Load.Unique, Crew.Inside) { Plain = "cycle" },
        new CycleScenario("cycle_unique_scattered", Load.Scattered, Crew.Inside) { Plain = "cycle" },
        new CycleScenario("cycle_encrypted", Load.Encrypted, Crew.Inside) { Plain = "cycle" },
        new CycleScenario("cycle_retries", Load.Retries, Crew.Inside) { Plain = "cycle" },
        new CycleScenario("cycle_delayed", Load.Delayed, Crew.Inside) { Plain = "cycle" },
        new CycleScenario("cycle_1kib", Load.Kibibyte, Crew.Inside) { Plain = "cycle" },
        new CycleScenario("cycle_callers", Load.Plain, Crew.Inside, Callers.Many) { Raw = RawFigure.Cycle },
        new CycleScenario("cycle_process", Load.Plain, Crew.Process) { Raw = RawFigure.Cycle },
        new CycleScenario("cycle_process_4", Load.Plain, FourProcesses) { Raw = RawFigure.Cycle, Plain = "cycle_process" },
        new CycleScenario("cycle_process_callers", Load.Plain, Crew.Process, Callers.Many) { Raw = RawFigure.Cycle },
        new ProducerScenario() { Raw = RawFigure.Cycle },
        new ContentionScenario(),
        new LatencyScenario() { Raw = RawFigure.LatencyP50 },
        new StartScenario() { Durabilities = OnlyDefault },
        new IdleScenario() { Durabilities = OnlyDefault },
        new DecideScenario() { Durabilities = OnlyDefault },
        new MemoryScenario() { Durabilities = OnlyDefault },
    ];

    public static IEnumerable<string> Names => All.Select(static scenario => scenario.Name);

    /// <summary>Those that are left out where nobody names them.</summary>
    public static IEnumerable<string> OnlyNamed => All.Where(static scenario => scenario.IsOnlyNamed).Select(static scenario => scenario.Name);

    /// <summary>The scenarios of these names, or all but those that have to be named; and what they are compared with.</summary>
    public static IReadOnlyList<Scenario> Select(IReadOnlyList<string> names, BenchEngine engine)
    {
        var selected = All.Where(scenario => names.Count == 0 ? !scenario.IsOnlyNamed : names.Contains(scenario.Name)).ToHashSet();
        selected.UnionWith([.. All.Where(plain => selected.Any(scenario => scenario.Plain == plain.Name))]);
        if (selected.Any(scenario => scenario.Raw is { } raw && engine.RawFigures.Contains(raw)))
        {
            _ = selected.Add(Raw);
        }

        return [.. All.Where(selected.Contains)];
    }
}
