using System.Diagnostics;
using Naq.Brokers;

namespace Naq.System.Tests;

/// <summary>A disk that is really full (a small tmpfs): enqueues are refused, nothing acknowledged is lost, and it recovers by itself.</summary>
public sealed class DiskTests(ITestOutputHelper output)
{
    [Fact]
    public async Task A_full_disk_refuses_loses_nothing_and_recovers()
    {
        var ct = TestContext.Current.CancellationToken;
        var clock = TimeProvider.System;
        if (Environment.UserName != "root")
        {
            Assert.Skip("Mounting a small tmpfs needs root.");
        }

        var mount = Directory.CreateTempSubdirectory("naq-full-").FullName;
        Run("mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", mount);
        try
        {
            await using var bench = await Bench.OpenAsync(TimeSpan.FromSeconds(2), ct, mount, minFreeDisk: 0);
            var environment = new Dictionary<string, string> { ["NAQ_MIN_FREE_DISK"] = "0" };
            var worker = bench.Worker(4, environment: environment);
            await bench.UntilWorkersAsync(1, ct);
            await bench.Broker.Jobs.SetQueueAsync("default", new() { IsPaused = true }, ct);

            // Another program takes the disk, all but a few pages.
            await FillAsync(Path.Combine(mount, "other"), new DriveInfo(mount).AvailableFreeSpace - 3_000_000, ct);
            var acknowledged = new List<JobId>();
            var payload = $$"""{"ms":1,"x":"{{new string('x', 20_000)}}"}""";
            EnqueueStatus status;
            do
            {
                var answer = (await bench.Jobs.EnqueueRawAsync([new("naq.sleep", global::System.Text.Encoding.UTF8.GetBytes(payload), new())], ct))[0];
                status = answer.Status;
                if (status == EnqueueStatus.Accepted)
                {
                    acknowledged.Add(answer.Id);
                }
            }
            while (status == EnqueueStatus.Accepted);

            output.WriteLine($"acknowledged {acknowledged.Count}, then {status}; free {new DriveInfo(mount).AvailableFreeSpace} bytes");
            Assert.Equal(EnqueueStatus.DiskFull, status);
            Assert.NotEmpty(acknowledged);

            File.Delete(Path.Combine(mount, "other"));
            var freedAt = clock.GetTimestamp();
            await bench.UntilAsync(
                async () => (await bench.Jobs.EnqueueRawAsync([new("naq.noop", "{}"u8.ToArray(), new())], ct))[0].Status == EnqueueStatus.Accepted,
                TimeSpan.FromSeconds(10), "enqueues are taken again", ct);
            output.WriteLine($"taken again {clock.GetElapsedTime(freedAt).TotalMilliseconds:0} ms after there was room");
            await bench.Broker.Jobs.SetQueueAsync("default", new() { IsPaused = false }, ct);
            await bench.UntilIdleAsync(TimeSpan.FromSeconds(60), ct);

            var done = bench.Ledger().Select(static r => r.Id).ToHashSet();
            Assert.All(acknowledged, id => Assert.Contains(id.ToString(), done));
            worker.Signal(15);
            await worker.ExitedAsync(ct);
            Assert.Equal(0, worker.ExitCode);
        }
        finally
        {
            Run("umount", "-l", mount);
            Directory.Delete(mount);
        }
    }

    [Fact]
    public async Task Jobs_that_run_while_the_disk_is_full_are_settled_and_not_run_again()
    {
        var ct = TestContext.Current.CancellationToken;
        var clock = TimeProvider.System;
        if (Environment.UserName != "root")
        {
            Assert.Skip("Mounting a small tmpfs needs root.");
        }

        var mount = Directory.CreateTempSubdirectory("naq-full-").FullName;
        Run("mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", mount);
        try
        {
            await using var bench = await Bench.OpenAsync(TimeSpan.FromSeconds(2), ct, mount, minFreeDisk: 0);
            _ = bench.Worker(4, environment: new Dictionary<string, string> { ["NAQ_MIN_FREE_DISK"] = "0" });
            var ids = await bench.EnqueueAsync("naq.sleep", """{"ms":6000}""", 4);
            await bench.UntilAsync(async () => (await bench.CountsAsync()).InFlight == 4, TimeSpan.FromSeconds(20), "four run", ct);
            await FillAsync(Path.Combine(mount, "other"), new DriveInfo(mount).AvailableFreeSpace, ct);
            output.WriteLine($"free {new DriveInfo(mount).AvailableFreeSpace} bytes while four jobs run for three leases");
            await Task.Delay(TimeSpan.FromSeconds(8), clock, ct);
            File.Delete(Path.Combine(mount, "other"));

            await bench.UntilIdleAsync(TimeSpan.FromSeconds(30), ct);

            var runs = bench.Ledger();
            Assert.Equal(ids.Select(static id => id.ToString()).Order(), runs.Select(static r => r.Id).Order());
            foreach (var id in ids)
            {
                Assert.Equal((1, 0), ((await bench.Jobs.FindAsync(id, ct))!.Attempts, (await bench.Jobs.FindAsync(id, ct))!.Interruptions));
            }
        }
        finally
        {
            Run("umount", "-l", mount);
            Directory.Delete(mount);
        }
    }

    /// <summary>Writes until there is nothing left, or <paramref name="bytes"/> are written.</summary>
    private static async Task FillAsync(string path, long bytes, CancellationToken ct)
    {
        await using var file = File.Create(path, 1);
        var page = new byte[4096];
        try
        {
            for (var written = 0L; written < bytes; written += page.Length)
            {
                await file.WriteAsync(page, ct);
            }
        }
        catch (IOException)
        {
            // Full: that is what was wanted.
        }
    }

    private static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(program, arguments);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }
}
