namespace Naq.System.Tests;

/// <summary>Wall clocks that jump by an hour under a running worker (libfaketime): leases do not care, delays follow.</summary>
public sealed class ClockTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(2);

    [Fact]
    public async Task A_jump_of_an_hour_ends_no_lease_and_runs_nothing_early()
    {
        var ct = TestContext.Current.CancellationToken;
        var clock = TimeProvider.System;
        await using var bench = await Bench.OpenAsync(Lease, ct);
        var offset = Path.Combine(bench.Folder, "clock");
        await File.WriteAllTextAsync(offset, "+0\n", ct);
        var faked = new Dictionary<string, string>
        {
            ["LD_PRELOAD"] = await DebianTool.FileAsync("libfaketime", "libfaketime.so.1", ct),
            ["FAKETIME_TIMESTAMP_FILE"] = offset,
            ["FAKETIME_NO_CACHE"] = "1",
            ["FAKETIME_FORCE_MONOTONIC_FIX"] = "0",
            ["FAKETIME_DONT_FAKE_MONOTONIC"] = "1",
        };
        _ = bench.Worker(4, environment: faked);
        var honest = bench.Worker(1);
        await bench.UntilWorkersAsync(2, ct);
        honest.Signal(15);
        await honest.ExitedAsync(ct);

        var running = await bench.EnqueueAsync("naq.sleep", """{"ms":14000}""", 3);
        var half = (await bench.EnqueueAsync("naq.noop", "{}", 1, new() { Delay = TimeSpan.FromMinutes(30) }))[0];
        var later = (await bench.EnqueueAsync("naq.noop", "{}", 1, new() { Delay = TimeSpan.FromMinutes(90) }))[0];
        await bench.UntilAsync(async () => (await bench.CountsAsync()).InFlight == 3, TimeSpan.FromSeconds(20), "three run", ct);

        foreach (var jump in (string[])["+3600", "-3600", "+3600"])
        {
            await File.WriteAllTextAsync(offset, jump + "\n", ct);
            await Task.Delay(Lease + TimeSpan.FromSeconds(1), clock, ct);
        }

        await bench.UntilAsync(async () => (await bench.CountsAsync()).InFlight == 0, TimeSpan.FromSeconds(40), "all ended", ct);
        foreach (var id in running)
        {
            var job = (await bench.Jobs.FindAsync(id, ct))!;
            Assert.Equal((JobState.Succeeded, 0, 1), (job.State, job.Interruptions, job.Attempts));
        }

        var runs = bench.Ledger();
        output.WriteLine($"runs {runs.Count}; the job due in 30 min began {runs.Single(r => r.Id == half.ToString()).WaitMs / 60_000:0.0} min after its enqueue by its worker's clock");
        Assert.Equal(4, runs.Count);
        Assert.True(runs.Single(r => r.Id == half.ToString()).WaitMs >= 30 * 60_000 - 10);
        Assert.Equal(JobState.Scheduled, (await bench.Jobs.FindAsync(later, ct))!.State);
    }
}
