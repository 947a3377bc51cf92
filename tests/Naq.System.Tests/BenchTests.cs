using System.Text.Json;

namespace Naq.System.Tests;

/// <summary>Whether <c>naq bench</c> runs and what its answer looks like; its figures are nobody's promise.</summary>
public sealed class BenchTests
{
    private static readonly string[] Figures =
    [
        "cycle", "cycle", "cycle_callers", "cycle_callers", "cycle_process", "cycle_process_callers", "decide_1000_pools", "decide_p50", "decide_p99",
        "drain", "drain", "drain_process",
        "enqueue_bulk", "enqueue_bulk", "enqueue_callers", "enqueue_callers", "idle_cpu", "idle_memory", "idle_reads", "idle_writes",
        "latency_p50", "latency_p99", "raw_cycle", "raw_cycle", "raw_drain", "raw_drain", "raw_enqueue", "raw_enqueue", "start",
    ];

    private static readonly string[] Members = ["figure", "durability", "unit", "median", "min", "max", "raw", "raw_ratio", "unit_ratio"];

    [Fact]
    public async Task Bench_answers_with_every_figure_and_leaves_nothing_behind()
    {
        var folder = Directory.CreateTempSubdirectory("naq-bench-test-").FullName;

        var (code, output, errors) = await NaqProcess.RunAsync(
            ["bench", "--jobs", "500", "--runs", "1", "--dir", folder, "-o", "json"], TestContext.Current.CancellationToken);

        Assert.True(code == 0, errors);
        using var document = JsonDocument.Parse(output);
        var (root, figures) = (document.RootElement, document.RootElement.GetProperty("figures").EnumerateArray().ToList());
        Assert.Equal(500, root.GetProperty("jobs").GetInt32());
        Assert.Equal(Figures, figures.Select(static f => f.GetProperty("figure").GetString()!).Order(StringComparer.Ordinal));
        Assert.All(figures, static f => Assert.Equal(Members, f.EnumerateObject().Select(static m => m.Name)));
        Assert.All(figures, static f => Assert.True(
            f.GetProperty("unit").GetString() != "jobs_per_second" || (f.GetProperty("median").GetDouble() > 0 && f.GetProperty("unit_ratio").GetDouble() > 0)));
        Assert.NotEqual("", root.GetProperty("machine").GetProperty("file_system").GetString());
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder));
        Directory.Delete(folder);
    }

    [Fact]
    public async Task Unknown_scenario_is_refused_with_the_nearest_name()
    {
        var (code, _, errors) = await NaqProcess.RunAsync(["bench", "--scenario", "drian"], TestContext.Current.CancellationToken);

        Assert.Equal(2, code);
        Assert.Contains("Did you mean 'drain'?", errors, StringComparison.Ordinal);
    }
}
