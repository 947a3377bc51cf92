using System.Globalization;

namespace Naq.System.Tests;

/// <summary>A worker that has run many jobs is as large as one that has run few.</summary>
public sealed class FlatMemoryTests(ITestOutputHelper output)
{
    private const int Steps = 10;
    private const int WarmUp = 2;
    private const double MiB = 1024 * 1024;

    /// <summary>The bar: a MiB a million jobs.</summary>
    private const double MostBytesPerJob = MiB / 1_000_000;

    /// <summary>What the runtime moves by itself: compiled code, the collector's budgets. A leak of 10 bytes a job is more after half a million.</summary>
    private const double SlackBytes = 4 * MiB;

    /// <summary>Handles that may come and go.</summary>
    private const int SlackHandles = 4;

    private const int Concurrency = 16;

    /// <summary>16 MiB, in hexadecimal. By itself the collector lets as much gather as the processor's cache holds: hundreds of MiB on some, more than all jobs here allocate.</summary>
    private const string CollectAfter = "1000000";

    /// <summary>The pool's minimum, which a worker sets so that handlers that block leave 16 free: the pool grows so far when it likes, and shrinks again.</summary>
    private const int PoolThreads = Concurrency + 16;

    /// <summary>The runtime's own (main, finalizer, tiering, timer, signals, sockets, gate) and the broker's (writer, wake-ups, checkpoints).</summary>
    private const int OtherThreads = 12;

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100);

    /// <summary>A million, or as many as <c>NAQ_FLAT_JOBS</c> says. In a tenth of it the runtime would still compile while the worker is measured; it is done after some 200,000 jobs.</summary>
    private static readonly int Jobs = int.Parse(Environment.GetEnvironmentVariable("NAQ_FLAT_JOBS") ?? "1000000", CultureInfo.InvariantCulture);

    [Fact]
    public async Task A_worker_does_not_grow_with_the_jobs_that_it_has_run()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var bench = await Bench.OpenAsync(TimeSpan.FromSeconds(30), ct);
        using var worker = NaqProcess.Start(
            ["worker", "default", "--concurrency", Concurrency.ToString(CultureInfo.InvariantCulture), "--broker", bench.Address],
            new Dictionary<string, string> { ["DOTNET_GCgen0size"] = CollectAfter });
        var sizes = new List<Size>();
        for (var step = 1; step <= Steps; step++)
        {
            var size = await RunAsync(bench, worker, Jobs / Steps, ct);
            sizes.Add(size);
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"{(long)step * Jobs / Steps} jobs: {size.Bytes / MiB:0.00} MiB, {size.Handles} handles, {size.Threads} threads"));
        }

        // Medians of three, so that one collection that came late does not count.
        var (early, late) = (sizes[WarmUp..(WarmUp + 3)], sizes[^3..]);
        var growth = Median(late) - Median(early);
        var between = (Steps - WarmUp - 3) * (double)Jobs / Steps;
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"growth: {growth / MiB:0.00} MiB in {between:0} jobs, {growth / between * 1_000_000 / MiB:0.00} MiB a million"));
        Assert.True(growth <= (MostBytesPerJob * between) + SlackBytes, $"{growth} bytes");
        Assert.InRange(late.Max(static size => size.Handles), 1, sizes[..(WarmUp + 1)].Max(static size => size.Handles) + SlackHandles);
        Assert.InRange(sizes.Max(static size => size.Threads), 1, PoolThreads + OtherThreads);
    }

    /// <summary>The smallest that the worker was meanwhile: right after a collection.</summary>
    private static async Task<Size> RunAsync(Bench bench, NaqProcess worker, int jobs, CancellationToken ct)
    {
        _ = await bench.EnqueueAsync("naq.noop", "{}", jobs);
        var least = Size.Of(worker.Pid);
        while (await bench.CountsAsync() is { Load: > 0 })
        {
            await Task.Delay(Look, TimeProvider.System, ct);
            var size = Size.Of(worker.Pid);
            least = size with { Bytes = Math.Min(size.Bytes, least.Bytes) };
        }

        return least;
    }

    private static long Median(IEnumerable<Size> three) => three.Select(static size => size.Bytes).Order().ElementAt(1);

    /// <summary>The resident set of a process, and what else it holds.</summary>
    private sealed record Size(long Bytes, int Handles, int Threads)
    {
        public static Size Of(int pid)
        {
            var status = File.ReadLines($"/proc/{pid}/status").Select(static line => line.Split(':', 2)).ToDictionary(static line => line[0], static line => line[1].Trim());
            return new(
                1024 * long.Parse(status["VmRSS"].Split(' ')[0], CultureInfo.InvariantCulture),
                Directory.EnumerateFileSystemEntries($"/proc/{pid}/fd").Count(),
                int.Parse(status["Threads"], CultureInfo.InvariantCulture));
        }
    }
}
