using System.Globalization;

namespace Naq.System.Tests;

/// <summary>A handler that leaks, in a worker that nobody else looks after. Beside it the same worker without leaks, so that a busy machine is not taken for a gap.</summary>
public sealed class LeakTests(ITestOutputHelper output)
{
    private const int Slots = 8;
    private const string Control = "control";

    /// <summary>
    /// One job in sixteen leaks a megabyte: a worker grows by 5 MB a second, and from its soft mark to its limit in five seconds. It looks at itself every
    /// two seconds, its parent every half, and the successor takes one or two to come up.
    /// </summary>
    private const int LeaksOneIn = 16;
    private const int JobsPerSecond = Slots * 10;
    private const long Limit = 300_000_000;

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(200);

    /// <summary>Longer than a worker takes to come up, so that a gap would show, and 400 jobs, so that chance does not.</summary>
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(5);

    /// <summary>A minute, and until two workers were replaced, or what <c>NAQ_LEAK_TIME</c> says, such as <c>10m</c>.</summary>
    private static readonly TimeSpan Length = Environment.GetEnvironmentVariable("NAQ_LEAK_TIME") is { } text && Quantities.TryParseDuration(text, out var length) ? length : TimeSpan.FromMinutes(1);

    private static readonly RawJob Leaking = new("naq.memory", """{"mb":1,"ms":100,"leak":true}"""u8.ToArray(), new());
    private static readonly RawJob Sleeping = new("naq.sleep", """{"ms":100}"""u8.ToArray(), new());
    private static readonly RawJob Beside = Sleeping with { Options = new() { Queue = Control } };

    /// <summary>The bar is a dip of a fifth; the test fails at two fifths, so that a busy machine does not fail it.</summary>
    [Fact]
    public async Task A_leaking_worker_is_replaced_in_time_and_nobody_notices()
    {
        var ct = TestContext.Current.CancellationToken;
        var clock = TimeProvider.System;
        await using var bench = await Bench.OpenAsync(TimeSpan.FromSeconds(30), ct);
        for (var second = 0; second < 1.5 * Length.TotalSeconds; second++)
        {
            var leaking = Enumerable.Range(0, JobsPerSecond).Select(static i => i % LeaksOneIn == 0 ? Leaking : Sleeping);
            _ = await bench.Jobs.EnqueueRawAsync([.. leaking, .. Enumerable.Repeat(Beside, JobsPerSecond)], ct);
        }

        using var control = NaqProcess.Start(["worker", Control, "--concurrency", Slots.ToString(CultureInfo.InvariantCulture), "--broker", bench.Address]);
        var worker = bench.Worker(Slots, ["--max-memory", Limit.ToString(CultureInfo.InvariantCulture)]);
        await bench.UntilAsync(async () => await DoneAsync(bench) is { Leaking: > 2 * JobsPerSecond, Beside: > 2 * JobsPerSecond }, TimeSpan.FromMinutes(1), "jobs run", ct);
        var peaks = new Dictionary<int, long>();
        var shares = new List<double>();
        var before = await DoneAsync(bench);
        var first = before;
        var began = clock.GetTimestamp();
        while (clock.GetElapsedTime(began) < Length || (Replacements(worker) < 2 && clock.GetElapsedTime(began) < 4 * Length))
        {
            for (var start = clock.GetTimestamp(); clock.GetElapsedTime(start) < Window;)
            {
                await Task.Delay(Look, clock, ct);
                foreach (var one in (await Cluster.WorkerRegistry.ListAsync(bench.Broker.Cluster, ct)).Where(one => one.Pid != control.Pid))
                {
                    peaks[one.Pid] = Math.Max(peaks.GetValueOrDefault(one.Pid), Peak(one.Pid));
                }
            }

            var now = await DoneAsync(bench);
            shares.Add((double)(now.Leaking - before.Leaking) / (now.Beside - before.Beside));
            before = now;
        }

        var seconds = clock.GetElapsedTime(began).TotalSeconds;
        worker.Signal(15);
        await worker.ExitedAsync(ct);

        var median = shares.Order().ElementAt(shares.Count / 2);
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{seconds:0} s: {(before.Leaking - first.Leaking) / seconds:0} jobs/s, {Replacements(worker)} replacements, peaks {peaks.Values.Min() / 1e6:0} to {peaks.Values.Max() / 1e6:0} MB; of what the one beside did in {Window.TotalSeconds:0} s: {shares.Min():0.00} to {shares.Max():0.00}, median {median:0.00}"));
        Assert.Equal(0, worker.ExitCode);
        Assert.True(Replacements(worker) >= 2, worker.Errors);
        Assert.True(peaks.Values.Max() < Limit, worker.Errors);
        Assert.True(shares.Min() >= 0.6 * median, $"in window {shares.IndexOf(shares.Min()) + 1}: {worker.Errors}");
        var runs = bench.Ledger();
        Assert.Equal((await DoneAsync(bench)).Leaking, runs.Count);
        Assert.Equal(runs.Count, runs.Select(static run => run.Id).Distinct().Count());
        Assert.All(runs, static run => Assert.Equal(1, run.Attempt));
    }

    private static int Replacements(NaqProcess worker) =>
        worker.Errors.Split('\n').Count(static line => line.Contains("wants to be replaced", StringComparison.Ordinal));

    /// <summary>Jobs that have ended of each worker's queue.</summary>
    private static async Task<(long Leaking, long Beside)> DoneAsync(Bench bench)
    {
        var counts = (await bench.Broker.Jobs.CountsAsync(null, CancellationToken.None)).ToDictionary(static queue => queue.Queue, static queue => queue.CompletedTotal);
        return (counts["default"], counts[Control]);
    }

    /// <summary>The largest that a process has been, as the kernel knows it; 0: it has left.</summary>
    private static long Peak(int pid)
    {
        try
        {
            var line = File.ReadLines($"/proc/{pid}/status").FirstOrDefault(static line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
            return line is null ? 0 : 1024 * long.Parse(line.AsSpan()[6..].Trim().TrimEnd(" kB"), CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return 0;
        }
    }
}
