using System.Globalization;
using Naq.Cluster;

namespace Naq.System.Tests;

/// <summary>Autoscalers as processes of their own: scale-in under load, two at once, one that dies.</summary>
public sealed class ScalingTests(ITestOutputHelper output)
{
    private const int Most = 5;

    /// <summary>A hundred scale-ins, or as many as <c>NAQ_SCALE_INS</c> says: a thousand take about ten minutes.</summary>
    [Fact]
    public async Task A_hundred_scale_ins_under_load_kill_nothing_and_charge_nothing()
    {
        var wanted = int.Parse(Environment.GetEnvironmentVariable("NAQ_SCALE_INS") ?? "100", CultureInfo.InvariantCulture);
        var ct = TestContext.Current.CancellationToken;
        await using var bench = await Bench.OpenAsync(TimeSpan.FromSeconds(10), ct);
        using var up = await UpAsync(bench, ct);
        await bench.UntilWorkersAsync(1, ct);
        var ids = await bench.EnqueueAsync("naq.sleep", """{"ms":200}""", 50 * wanted);
        var scaledIn = 0;
        while (scaledIn < wanted)
        {
            await OrderAsync(bench, Most, ct);
            await bench.UntilWorkersAsync(Most, ct);
            await OrderAsync(bench, 1, ct);
            await bench.UntilWorkersAsync(1, ct);
            scaledIn += Most - 1;
        }

        await OrderAsync(bench, Most, ct);
        await bench.UntilIdleAsync(TimeSpan.FromMinutes(3 * Math.Max(1, wanted / 100)), ct);
        up.Signal(15);
        await up.ExitedAsync(ct);

        var runs = bench.Ledger();
        output.WriteLine($"scale-ins {scaledIn}, runs {runs.Count}");
        Assert.Equal(0, up.ExitCode);
        Assert.Equal(ids.Select(static id => id.ToString()).Order(), runs.Select(static r => r.Id).Order());
        await foreach (var job in bench.Jobs.ListAsync(ct: ct))
        {
            Assert.Equal((1, 0), (job.Attempts, job.Interruptions));
        }
    }

    [Fact]
    public async Task Five_hundred_jobs_at_once_are_answered_by_a_new_worker_within_two_seconds()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var bench = await Bench.OpenAsync(TimeSpan.FromSeconds(10), ct);
        using var up = await UpAsync(bench, ct);
        await bench.UntilWorkersAsync(1, ct);
        var first = Assert.Single(await WorkerRegistry.ListAsync(bench.Broker.Cluster, ct)).Pid;

        _ = await bench.EnqueueAsync("naq.sleep", """{"ms":200}""", 500);
        await bench.UntilIdleAsync(TimeSpan.FromMinutes(2), ct);
        up.Signal(15);
        await up.ExitedAsync(ct);

        var newcomers = bench.Ledger().Where(r => r.Pid != first).Select(static r => r.WaitMs).ToList();
        output.WriteLine($"{newcomers.Count} jobs ran in new workers, the first {newcomers.Min():0} ms after the burst");
        Assert.InRange(newcomers.Min(), 0, 2000);
    }

    [Fact]
    public async Task Two_autoscalers_of_which_one_dies_never_have_more_than_the_maximum_claim()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var bench = await Bench.OpenAsync(TimeSpan.FromSeconds(2), ct);
        _ = await bench.EnqueueAsync("naq.sleep", """{"ms":100}""", 4000);
        using var first = await UpAsync(bench, ct);
        await bench.UntilWorkersAsync(Most, ct);
        using var second = await UpAsync(bench, ct);
        var (samples, most) = (0, 0);
        async Task<bool> SampleAsync()
        {
            var claiming = (await WorkerRegistry.ListAsync(bench.Broker.Cluster, ct)).Count(static w => w.State is WorkerState.Running or WorkerState.Retiring);
            (samples, most) = (samples + 1, Math.Max(most, claiming));
            return (await bench.CountsAsync()).Load == 0;
        }

        await bench.UntilAsync(async () => await SampleAsync() || samples > 50, TimeSpan.FromSeconds(60), "fifty samples", ct);
        first.Signal(9);
        await bench.UntilAsync(SampleAsync, TimeSpan.FromMinutes(2), "all is done after the leader died", ct);
        second.Signal(15);
        await second.ExitedAsync(ct);

        output.WriteLine($"samples {samples}, most claiming {most} of {Most}");
        Assert.True(most <= Most);
        Assert.Equal(4000, bench.Ledger().Select(static r => r.Id).Distinct().Count());
    }

    private static async Task OrderAsync(Bench bench, int workers, CancellationToken ct)
    {
        var (code, _, errors) = await NaqProcess.RunAsync(
            ["scale", "set", "default", "--workers", workers.ToString(CultureInfo.InvariantCulture), "--broker", "sqlite:" + bench.Database], ct);
        Assert.True(code == 0, errors);
    }

    private static async Task<NaqProcess> UpAsync(Bench bench, CancellationToken ct)
    {
        var config = Path.Combine(bench.Folder, "naq.json");
        await File.WriteAllTextAsync(
            config,
            $$"""
            { "Autoscaler": { "Interval": "00:00:01", "Pools": { "default": { "Min": 1, "Max": {{Most}}, "Worker": { "Concurrency": 4 },
              "Policies": [ { "Type": "latency", "Share": 0.99, "Within": "00:00:02" } ] } } } }
            """,
            ct);
        return NaqProcess.Start(
            ["up", "--config", config, "--broker", "sqlite:" + bench.Database], new Dictionary<string, string> { ["NAQ_LEDGER"] = bench.LedgerPath });
    }
}
