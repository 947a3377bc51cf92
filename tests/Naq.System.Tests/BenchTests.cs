using System.Diagnostics;
using System.Text.Json;
using NATS.Client.Core;
using NATS.Client.JetStream;
using Naq.Nats.Local;
using Naq.Sqlite;

namespace Naq.System.Tests;

/// <summary>Whether <c>naq bench</c> runs and what its answer looks like; its figures are nobody's promise.</summary>
public sealed class BenchTests
{
    /// <summary>Figures at every durability, beside raw or plain ones.</summary>
    private static readonly string[] Rates =
    [
        "enqueue_one", "enqueue_callers", "enqueue_bulk",
        "drain", "drain_4", "drain_process", "drain_process_4", "drain_queues",
        "cycle", "cycle_callers", "cycle_process", "cycle_process_4", "cycle_process_callers", "cycle_producer",
        "cycle_results", "cycle_unique", "cycle_unique_scattered", "cycle_encrypted", "cycle_retries", "cycle_delayed", "cycle_1kib",
    ];

    private static readonly string[] AtEveryDurability =
        [.. Rates, "raw_cycle", "raw_drain", "raw_enqueue", "latency_p50", "latency_p99", "longest_write", "least_share"];

    private static readonly string[] Once =
        ["start", "idle_cpu", "idle_memory", "idle_reads", "idle_writes", "decide_1000_pools", "decide_p50", "decide_p99", "memory_bytes_per_job", "memory_rate"];

    private static readonly string[] OnNatsAlone =
        ["raw_cycle_results", "raw_drain_queues", "raw_latency_p50", "raw_latency_p99", "idle_server_cpu", "idle_server_memory"];

    private static readonly string[] Durabilities = [.. Enum.GetNames<Durability>().Select(static name => name.ToLowerInvariant())];

    private static readonly string[] Members =
        ["figure", "durability", "unit", "median", "min", "max", "raw", "raw_ratio", "plain", "plain_ratio", "unit_ratio", "before", "before_ratio", "overlaps"];

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Bench_answers_with_every_figure_and_leaves_nothing_behind()
    {
        var (machine, figures) = await MeasureAsync();

        Assert.Equal(
            [.. AtEveryDurability.SelectMany(_ => Durabilities, static (name, durability) => (name, durability)).Concat(Once.Select(static name => (name, durability: "synced"))).Order()],
            figures.Select(static figure => (figure.Name, figure.Durability!)).Order());
        Assert.All(figures.Where(static figure => Rates.Contains(figure.Name)), static figure => Assert.True(figure.RawRatio > 0 || figure.PlainRatio > 0, figure.Name));
        Assert.NotEqual("", machine.GetProperty("file_system").GetString());
    }

    [Fact]
    public async Task Bench_measures_nats_beside_the_raw_engine_on_a_server_of_its_own()
    {
        await RequireServerAsync();

        var (machine, figures) = await MeasureAsync("--broker", "nats");

        Assert.Equal([.. AtEveryDurability.Concat(Once).Concat(OnNatsAlone).Order(StringComparer.Ordinal)], figures.Select(static figure => figure.Name));
        Assert.All(figures, static figure => Assert.Null(figure.Durability));
        Assert.All(
            figures.Where(static figure => Rates.Contains(figure.Name) || figure.Name.StartsWith("latency", StringComparison.Ordinal)),
            static figure => Assert.True(figure.RawRatio > 0 || figure.PlainRatio > 0, figure.Name));
        Assert.All(figures.Where(static figure => figure.Name is "drain_queues" or "cycle_results" or "latency_p99"), static figure => Assert.True(figure.RawRatio > 0, figure.Name));
        Assert.StartsWith("2.", machine.GetProperty("nats_server").GetString(), StringComparison.Ordinal);
        Assert.Equal("2m", machine.GetProperty("sync_interval").GetString());
    }

    [Fact]
    public async Task Bench_leaves_no_stream_on_a_running_server()
    {
        await RequireServerAsync();
        var folder = Directory.CreateTempSubdirectory("naq-bench-test-").FullName;
        var server = await LocalServer.StartAsync(folder, LocalServer.AnyPort, "", Ct);
        await using (server)
        {
            var (machine, _) = await MeasureAsync("--broker", server.Url, "--scenario", "cycle_results", "cycle_process");

            Assert.Equal("unknown", machine.GetProperty("sync_interval").GetString());
            Assert.Equal(JsonValueKind.Null, machine.GetProperty("file_system").ValueKind);
            await using var connection = new NatsConnection(NatsOpts.Default with { Url = server.Url });
            Assert.Empty(await new NatsJSContext(connection).ListStreamNamesAsync(cancellationToken: Ct).ToListAsync(Ct));
        }

        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task A_backlog_is_measured_where_it_is_named_beside_the_drain()
    {
        var (_, figures) = await MeasureAsync("--scenario", "backlog");

        Assert.Equal(
            ["backlog", "drain", "raw_cycle", "raw_drain", "raw_enqueue"],
            figures.Select(static figure => figure.Name).Distinct());
        Assert.All(figures.Where(static figure => figure.Name == "backlog"), static figure => Assert.True(figure.PlainRatio > 0));
    }

    [Fact]
    public async Task A_broker_with_jobs_is_refused()
    {
        var (code, _, errors) = await NaqProcess.RunAsync(["bench", "--broker", "sqlite:mine.db"], Ct);

        Assert.Equal(2, code);
        Assert.Contains("makes brokers of its own", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unknown_scenario_is_refused_with_the_nearest_name()
    {
        var (code, _, errors) = await NaqProcess.RunAsync(["bench", "--scenario", "drian"], Ct);

        Assert.Equal(2, code);
        Assert.Contains("Did you mean 'drain'?", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_micro_benchmark_runs()
    {
        var beside = new DirectoryInfo(AppContext.BaseDirectory);
        var program = Path.Combine(beside.Parent!.Parent!.FullName, "Naq.Benchmarks", beside.Name, "Naq.Benchmarks");
        var folder = Directory.CreateTempSubdirectory("naq-bench-test-").FullName;
        var start = new ProcessStartInfo(program, ["--filter", "*", "--job", "Dry"]) { RedirectStandardOutput = true, WorkingDirectory = folder };
        using var benchmarks = Process.Start(start)!;

        var output = await benchmarks.StandardOutput.ReadToEndAsync(Ct);
        await benchmarks.WaitForExitAsync(Ct);

        Directory.Delete(folder, recursive: true);
        Assert.Equal(0, benchmarks.ExitCode);
        Assert.Contains("executed benchmarks: 17", output, StringComparison.Ordinal);
        Assert.DoesNotContain("Benchmarks with issues", output, StringComparison.Ordinal);
    }

    private static async Task RequireServerAsync()
    {
        try
        {
            _ = await NatsBinary.FindAsync(Ct);
        }
        catch (BrokerUnavailableException none)
        {
            Assert.Skip(none.Message);
        }
    }

    /// <summary>Runs a small benchmark in a folder of its own, which must be empty afterwards.</summary>
    private static async Task<(JsonElement Machine, IReadOnlyList<Figure> Figures)> MeasureAsync(params string[] more)
    {
        var folder = Directory.CreateTempSubdirectory("naq-bench-test-").FullName;

        var (code, output, errors) = await NaqProcess.RunAsync(["bench", "--jobs", "500", "--runs", "1", "--dir", folder, "-o", "json", .. more], Ct);

        Assert.True(code == 0, errors);
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder));
        Directory.Delete(folder);
        using var document = JsonDocument.Parse(output);
        Assert.Equal(500, document.RootElement.GetProperty("jobs").GetInt32());
        var figures = document.RootElement.GetProperty("figures").EnumerateArray().ToList();
        Assert.All(figures, static figure => Assert.Equal(Members, figure.EnumerateObject().Select(static member => member.Name)));
        Assert.All(figures, static figure => Assert.True(
            figure.GetProperty("unit").GetString() != "jobs_per_second" || (figure.GetProperty("median").GetDouble() > 0 && figure.GetProperty("unit_ratio").GetDouble() > 0)));
        return (document.RootElement.GetProperty("machine").Clone(), [.. figures.Select(Figure.Of).OrderBy(static figure => figure.Name, StringComparer.Ordinal)]);
    }

    private sealed record Figure(string Name, string? Durability, double? RawRatio, double? PlainRatio)
    {
        public static Figure Of(JsonElement json) => new(
            json.GetProperty("figure").GetString()!, json.GetProperty("durability").GetString(), Ratio(json, "raw_ratio"), Ratio(json, "plain_ratio"));

        private static double? Ratio(JsonElement json, string member) => json.GetProperty(member) is { ValueKind: JsonValueKind.Number } ratio ? ratio.GetDouble() : null;
    }
}
