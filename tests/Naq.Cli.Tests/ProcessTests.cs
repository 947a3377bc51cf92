using System.Diagnostics;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Naq.Brokers;
using Naq.Cluster;
using Naq.Sqlite;
using Naq.Tests;

namespace Naq.Cli.Tests;

/// <summary>Real <c>naq</c> processes: recycling, the death of parents and workers, the pools of <c>naq up</c>, the demo.</summary>
[Trait("Kind", "System")]
public sealed class ProcessTests : IAsyncLifetime
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);

    private readonly Terminal _terminal = new();
    private readonly List<Process> _processes = [];
    private Broker? _broker;

    private readonly CancellationTokenSource _patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);

    private CancellationToken Ct => _patience.Token;

    public async ValueTask InitializeAsync()
    {
        _patience.CancelAfter(TimeSpan.FromMinutes(2));
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs signals");
        _broker = await SqliteBroker.OpenAsync(new() { Path = _terminal.Database }, TimeProvider.System, NullLoggerFactory.Instance, Ct);
    }

    [Fact]
    public async Task A_worker_nobody_supervises_replaces_itself()
    {
        var parent = Start("worker", "default", "--concurrency", "1", "--worker-ttl", "2");
        var first = (await WorkersAsync(static all => all.Any(static w => w.State == WorkerState.Running)))[0];

        var successor = (await WorkersAsync(all => all.Any(w => w.Pid != first.Pid && w.State == WorkerState.Running))).First(w => w.Pid != first.Pid);
        await WorkersAsync(all => all.All(w => w.Pid != first.Pid));

        Assert.NotEqual(parent.Id, first.Pid);
        Assert.NotEqual(first.Pid, successor.Pid);
        Assert.Equal(0, await StopAsync(parent));
        Assert.Empty(await WorkerRegistry.ListAsync(_broker!.Cluster, Ct));
    }

    [Fact]
    public async Task A_worker_leaves_when_its_parent_is_killed()
    {
        var parent = Start("worker", "default", "--concurrency", "1", "--worker-ttl", "10m");
        await WorkersAsync(static all => all.Any(static w => w.State == WorkerState.Running));

        parent.Kill();

        await WorkersAsync(static all => all.Count == 0);
    }

    [Fact]
    public async Task A_program_dies_with_its_worker()
    {
        var pidFile = Path.Combine(_terminal.Folder, "pid");
        await _terminal.EnqueueAsync("naq.exec", $$"""{"command":["sh","-c","echo $$ > {{pidFile}}.part; mv {{pidFile}}.part {{pidFile}}; exec sleep 600"]}""");
        var worker = Start("worker", "default", "--concurrency", "1", "--allow-exec", "sh");
        await UntilAsync(() => new(File.Exists(pidFile)));
        using var program = Process.GetProcessById(int.Parse(await File.ReadAllTextAsync(pidFile, Ct), System.Globalization.CultureInfo.InvariantCulture));

        worker.Kill();

        await program.WaitForExitAsync(Ct);
    }

    [Fact]
    public async Task Up_runs_the_pools_of_its_file_and_drains_them()
    {
        await File.WriteAllTextAsync(
            Path.Combine(_terminal.Folder, "naq.json"),
            """{"Naq":{"Autoscaler":{"Interval":"500ms","Pools":{"mail":{"Min":2,"Max":3,"Worker":{"Concurrency":1}}}}}}""",
            Ct);
        var up = Start("up");
        var workers = await WorkersAsync(static all => all.Count(static w => w.State == WorkerState.Running) == 2);

        using var status = JsonDocument.Parse((await _terminal.RunAsync("scale", "status", "-o", "ndjson")).Out);
        using var history = JsonDocument.Parse((await _terminal.RunAsync("scale", "history", "--limit", "1", "-o", "ndjson")).Out);
        var explained = await _terminal.RunAsync("scale", "explain", "mail");

        Assert.All(workers, static w => Assert.Equal(("mail", 1), (w.Pool, w.Concurrency)));
        Assert.Equal(("mail", 2), (status.RootElement.GetProperty("pool").GetString(), status.RootElement.GetProperty("desired").GetInt32()));
        Assert.Equal(2, history.RootElement.GetProperty("to").GetInt32());
        Assert.Contains("proposed", explained.Out, StringComparison.Ordinal);

        Assert.Equal(0, (await _terminal.RunAsync("scale", "set", "mail", "--workers", "3")).Code);
        await WorkersAsync(static all => all.Count(static w => w.State == WorkerState.Running) == 3);

        Assert.Equal(0, await StopAsync(up));
        Assert.Empty(await WorkerRegistry.ListAsync(_broker!.Cluster, Ct));
    }

    [Fact]
    public async Task Workers_are_told_by_name()
    {
        _ = Start("worker", "default", "--concurrency", "1", "--name", "w1");
        await WorkersAsync(static all => all is [{ State: WorkerState.Running }]);

        Assert.Equal(0, (await _terminal.RunAsync("workers", "quiet", "w1")).Code);
        await WorkersAsync(static all => all is [{ State: WorkerState.Quiet }]);
        Assert.Equal(0, (await _terminal.RunAsync("workers", "resume", "w1")).Code);
        await WorkersAsync(static all => all is [{ State: WorkerState.Running }]);
        Assert.Equal(0, (await _terminal.RunAsync("workers", "drain", "--all")).Code);
        await WorkersAsync(static all => all.Count == 0);
    }

    [Fact]
    public async Task A_monitor_in_a_pipe_ends_at_a_signal_and_with_its_reader()
    {
        var (stopped, left) = (Start("monitor", "--interval", "100ms"), Start("monitor", "--interval", "1m"));
        foreach (var monitor in (Process[])[stopped, stopped, left])
        {
            using var line = JsonDocument.Parse((await monitor.StandardOutput.ReadLineAsync(Ct))!);
            Assert.Equal(JsonValueKind.Array, line.RootElement.GetProperty("queues").ValueKind);
        }

        Assert.Equal(0, await StopAsync(stopped));
        left.StandardOutput.Dispose();
        await left.WaitForExitAsync(Ct);

        Assert.Equal(0, left.ExitCode);
    }

    [Fact]
    public async Task The_demo_loses_nothing_and_says_so()
    {
        var demo = Start("demo", "--for", "6s", "-o", "json");
        var output = await demo.StandardOutput.ReadToEndAsync(Ct);
        await demo.WaitForExitAsync(Ct);

        using var document = JsonDocument.Parse(Assert.Single(output.Split('\n', StringSplitOptions.RemoveEmptyEntries)));
        var result = document.RootElement;
        Assert.Equal(
            "enqueued completed lost stuck dead duplicates wait_p50_ms wait_p95_ms wait_p99_ms slo_miss_percent worker_seconds worker_seconds_static scale_outs scale_ins workers_max",
            string.Join(' ', result.EnumerateObject().Select(static member => member.Name)));
        Assert.Equal(result.GetProperty("enqueued").GetInt32(), result.GetProperty("completed").GetInt32());
        Assert.True(result.GetProperty("enqueued").GetInt32() > 500);
        Assert.All(["lost", "stuck", "dead", "duplicates"], name => Assert.Equal(0, result.GetProperty(name).GetInt32()));
        Assert.True(result.GetProperty("worker_seconds").GetDouble() > 0);
        Assert.Equal(0, demo.ExitCode);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _processes)
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }

            process.Dispose();
        }

        if (_broker is not null)
        {
            await _broker.DisposeAsync();
        }

        _terminal.Dispose();
        _patience.Dispose();
    }

    private Process Start(params string[] args)
    {
        var start = new ProcessStartInfo(NaqProgram.Path, args)
        {
            WorkingDirectory = _terminal.Folder,
            RedirectStandardOutput = args[0] is "demo" or "monitor",
        };
        foreach (var name in start.Environment.Keys.Where(static key => key.StartsWith("NAQ_", StringComparison.Ordinal)).ToList())
        {
            start.Environment.Remove(name);
        }

        start.Environment["NAQ_BROKER"] = "sqlite:" + _terminal.Database;
        var process = Process.Start(start)!;
        _processes.Add(process);
        return process;
    }

    private async Task<int> StopAsync(Process process)
    {
        using var kill = Process.Start("kill", ["-TERM", process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        await process.WaitForExitAsync(Ct);
        return process.ExitCode;
    }

    private async Task<IReadOnlyList<WorkerRecord>> WorkersAsync(Func<IReadOnlyList<WorkerRecord>, bool> isSo)
    {
        IReadOnlyList<WorkerRecord> seen = [];
        await UntilAsync(async () => isSo(seen = await WorkerRegistry.ListAsync(_broker!.Cluster, Ct)));
        return seen;
    }

    private async Task UntilAsync(Func<ValueTask<bool>> isSo)
    {
        while (!await isSo())
        {
            await Task.Delay(Look, TimeProvider.System, Ct);
        }
    }
}
