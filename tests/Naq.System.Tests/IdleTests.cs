using System.Globalization;

namespace Naq.System.Tests;

public sealed class IdleTests(ITestOutputHelper output)
{
    /// <summary>
    /// The bar is half a percent of a core, of a worker a few seconds old; measured by the kernel's count of the process's ticks, a hundredth of
    /// a second each. The test fails at one and a half times the bar, so that a busy machine does not fail it.
    /// </summary>
    [Fact]
    public async Task An_idle_worker_costs_next_to_nothing()
    {
        var ct = TestContext.Current.CancellationToken;
        var clock = TimeProvider.System;
        await using var bench = await Bench.OpenAsync(TimeSpan.FromSeconds(30), ct);
        var worker = bench.Worker(4);
        await bench.UntilWorkersAsync(1, ct);
        await Task.Delay(TimeSpan.FromSeconds(5), clock, ct);
        var (before, beganAt) = (Ticks(worker.Pid), clock.GetTimestamp());
        await Task.Delay(TimeSpan.FromSeconds(20), clock, ct);
        var percent = (Ticks(worker.Pid) - before) / 100.0 / clock.GetElapsedTime(beganAt).TotalSeconds * 100;

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"idle worker: {percent:0.00} % of a core, {Resident(worker.Pid) / 1e6:0} MB resident"));
        Assert.True(percent < 0.75, $"{percent} %");
    }

    /// <summary>User and system ticks of a process; Linux counts 100 a second.</summary>
    private static long Ticks(int pid)
    {
        var stat = File.ReadAllText($"/proc/{pid}/stat");
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture);
    }

    private static long Resident(int pid) => 4096 * long.Parse(File.ReadAllText($"/proc/{pid}/statm").Split(' ')[1], CultureInfo.InvariantCulture);
}
