namespace Naq.System.Tests;

/// <summary>Workers that are told to stop: nothing that runs is killed, nothing is charged.</summary>
public sealed class DrainTests(ITestOutputHelper output)
{
    [Fact]
    public async Task A_hundred_drains_under_load_kill_nothing_and_charge_nothing()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var bench = await Bench.OpenAsync(TimeSpan.FromSeconds(10), ct);
        var ids = await bench.EnqueueAsync("naq.sleep", """{"ms":150}""", 6000);
        var workers = Enumerable.Range(0, 5).Select(_ => bench.Worker(4)).ToList();
        await bench.UntilWorkersAsync(5, ct);
        for (var drained = 0; drained < 100; drained += workers.Count)
        {
            var leaving = workers.ToList();
            workers = [.. leaving.Select(_ => bench.Worker(4))];
            await bench.UntilWorkersAsync(10, ct);
            leaving.ForEach(static w => w.Signal(15));
            foreach (var worker in leaving)
            {
                await worker.ExitedAsync(ct);
                Assert.Equal(0, worker.ExitCode);
            }
        }

        await bench.UntilIdleAsync(TimeSpan.FromMinutes(3), ct);

        var runs = bench.Ledger();
        output.WriteLine($"runs {runs.Count}");
        Assert.Equal(ids.Count, runs.Count);
        Assert.Equal(ids.Select(static id => id.ToString()).Order(), runs.Select(static r => r.Id).Order());
        Assert.All(runs, static r => Assert.Equal(1, r.Attempt));
        await foreach (var job in bench.Jobs.ListAsync(ct: ct))
        {
            Assert.Equal((1, 0), (job.Attempts, job.Interruptions));
        }
    }

    [Fact]
    public async Task A_job_drained_ten_times_is_charged_nothing()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var bench = await Bench.OpenAsync(TimeSpan.FromSeconds(10), ct);
        var id = (await bench.EnqueueAsync("naq.sleep", """{"ms":600000}""", 1))[0];
        for (var i = 0; i < 10; i++)
        {
            var worker = bench.Worker(1, ["--drain-timeout", "1s"]);
            await bench.UntilAsync(async () => (await bench.Jobs.FindAsync(id, ct))!.State == JobState.Running, TimeSpan.FromSeconds(20), "it runs", ct);
            worker.Signal(15);
            await worker.ExitedAsync(ct);
            Assert.Equal(0, worker.ExitCode);
        }

        var job = (await bench.Jobs.FindAsync(id, ct))!;
        Assert.Equal((JobState.Ready, 0, 0), (job.State, job.Attempts, job.Interruptions));
    }

    [Fact]
    public async Task A_second_signal_hands_back_at_once()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var bench = await Bench.OpenAsync(TimeSpan.FromSeconds(10), ct);
        var ids = await bench.EnqueueAsync("naq.sleep", """{"ms":600000}""", 3);
        var worker = bench.Worker(3);
        await bench.UntilAsync(async () => (await bench.CountsAsync()).InFlight == 3, TimeSpan.FromSeconds(20), "all run", ct);
        var clock = TimeProvider.System;
        var signalledAt = clock.GetTimestamp();
        worker.Signal(15);

        // Two signals of a kind that nobody has taken yet are one to the kernel.
        await bench.UntilAsync(
            async () => (await Cluster.WorkerRegistry.ListAsync(bench.Broker.Cluster, ct)).Any(static w => w.State == Cluster.WorkerState.Draining), TimeSpan.FromSeconds(10), "it drains", ct);
        worker.Signal(15);
        await bench.UntilAsync(async () => (await bench.CountsAsync()) is { InFlight: 0, Ready: 3 }, TimeSpan.FromSeconds(10), "all are handed back", ct);
        output.WriteLine($"handed back after {clock.GetElapsedTime(signalledAt).TotalMilliseconds:0} ms");
        await worker.ExitedAsync(ct);

        Assert.Equal(0, worker.ExitCode);
        Assert.Equal((0, 0), ((await bench.Jobs.FindAsync(ids[0], ct))!.Attempts, (await bench.Jobs.FindAsync(ids[0], ct))!.Interruptions));
    }
}
