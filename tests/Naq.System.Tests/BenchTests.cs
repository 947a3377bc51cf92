using System.Text.Json;
using NATS.Client.Core;
using NATS.Client.JetStream;
using Naq.Nats.Local;

namespace Naq.System.Tests;

/// <summary>Whether <c>naq bench</c> runs and what its answer looks like; its figures are nobody's promise.</summary>
public sealed class BenchTests
{
    private static readonly string[] OnSqlite =
    [
        "cycle", "cycle", "cycle_callers", "cycle_callers", "cycle_process", "cycle_process_callers", "cycle_results", "cycle_results", "decide_1000_pools", "decide_p50", "decide_p99",
        "drain", "drain", "drain_process",
        "enqueue_bulk", "enqueue_bulk", "enqueue_callers", "enqueue_callers", "idle_cpu", "idle_memory", "idle_reads", "idle_writes",
        "latency_p50", "latency_p99", "memory_bytes_per_job", "memory_rate", "raw_cycle", "raw_cycle", "raw_drain", "raw_drain", "raw_enqueue", "raw_enqueue", "start",
    ];

    private static readonly string[] OnNats =
    [
        .. OnSqlite.Distinct(), "idle_server_cpu", "idle_server_memory", "raw_cycle_results", "raw_latency_p50", "raw_latency_p99",
    ];

    private static readonly string[] Members = ["figure", "durability", "unit", "median", "min", "max", "raw", "raw_ratio", "unit_ratio"];

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Bench_answers_with_every_figure_and_leaves_nothing_behind()
    {
        var (machine, figures) = await MeasureAsync();

        Assert.Equal(OnSqlite, figures.Select(static figure => figure.Name));
        Assert.All(figures, static figure => Assert.Contains(figure.Durability, (string[])["full", "normal"]));
        Assert.NotEqual("", machine.GetProperty("file_system").GetString());
    }

    [Fact]
    public async Task Bench_measures_nats_beside_the_raw_engine_on_a_server_of_its_own()
    {
        await RequireServerAsync();

        var (machine, figures) = await MeasureAsync("--broker", "nats");

        Assert.Equal(OnNats.Order(StringComparer.Ordinal), figures.Select(static figure => figure.Name));
        Assert.All(figures, static figure => Assert.Null(figure.Durability));
        Assert.Equal(
            ["cycle", "cycle_callers", "cycle_process", "cycle_process_callers", "cycle_results", "drain", "drain_process", "enqueue_bulk", "enqueue_callers", "latency_p50", "latency_p99"],
            figures.Where(static figure => figure.RawRatio > 0).Select(static figure => figure.Name));
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

    private sealed record Figure(string Name, string? Durability, double? RawRatio)
    {
        public static Figure Of(JsonElement json) => new(
            json.GetProperty("figure").GetString()!,
            json.GetProperty("durability").GetString(),
            json.GetProperty("raw_ratio") is { ValueKind: JsonValueKind.Number } ratio ? ratio.GetDouble() : null);
    }
}
