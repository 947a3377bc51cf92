using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Naq.Brokers;
using Naq.Cluster;
using Naq.Sqlite;
using Naq.Tests;

namespace Naq.Cli.Tests.Probing;

/// <summary>The health port of real processes.</summary>
[Trait("Kind", "System")]
public sealed class HealthPortTests : IAsyncLifetime
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);

    private readonly Terminal _terminal = new();
    private readonly List<Process> _processes = [];
    private readonly HttpClient _web = new() { Timeout = TimeSpan.FromSeconds(10) };
    private readonly int _port = FreePort();
    private readonly CancellationTokenSource _patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);

    private CancellationToken Ct => _patience.Token;

    public ValueTask InitializeAsync()
    {
        _patience.CancelAfter(TimeSpan.FromMinutes(2));
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs signals");
        return default;
    }

    [Fact]
    public async Task A_worker_is_ready_while_it_claims_counts_its_jobs_and_is_not_while_it_drains()
    {
        var worker = Start("worker", "default", "--concurrency", "2", "--health-port", Port());
        await UntilAsync(async () => await StatusAsync("readyz") == HttpStatusCode.OK);

        Assert.Equal(0, (await _terminal.RunAsync("job", "wait", await _terminal.EnqueueAsync("naq.noop"))).Code);
        await _terminal.EnqueueAsync("naq.sleep", """{"ms":60000}""");
        await UntilAsync(async () => (await MetricsAsync()).Contains("naq_job_wait_seconds_count{queue=\"default\",type=\"naq.sleep\"} 1\n", StringComparison.Ordinal));
        var metrics = await MetricsAsync();
        Signal(worker);
        await UntilAsync(async () => await StatusAsync("readyz") == HttpStatusCode.ServiceUnavailable);

        Assert.Contains("naq_jobs_completed_total{queue=\"default\",type=\"naq.noop\",outcome=\"succeeded\"} 1\n", metrics, StringComparison.Ordinal);
        Assert.Contains("naq_worker_slots 2\n", metrics, StringComparison.Ordinal);
        Assert.Equal("draining\n", await (await _web.GetAsync(Address("readyz"), Ct)).Content.ReadAsStringAsync(Ct));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync("livez"));
        Signal(worker);
        await worker.WaitForExitAsync(Ct);
        Assert.Equal(0, worker.ExitCode);
    }

    [Fact]
    public async Task A_worker_that_replaces_another_takes_its_port()
    {
        var broker = await SqliteBroker.OpenAsync(new() { Path = _terminal.Database }, TimeProvider.System, NullLoggerFactory.Instance, Ct);
        await using var closing = broker;
        var parent = Start("worker", "default", "--concurrency", "1", "--worker-ttl", "2", "--health-port", Port());
        var first = await FirstAsync(broker, static w => w.State == WorkerState.Running);
        await UntilAsync(async () => await StatusAsync("readyz") == HttpStatusCode.OK);

        _ = await FirstAsync(broker, w => w.Pid != first.Pid && w.State == WorkerState.Running);
        await UntilAsync(async () => (await WorkerRegistry.ListAsync(broker.Cluster, Ct)).All(w => w.Pid != first.Pid));
        await UntilAsync(async () => await StatusAsync("readyz") == HttpStatusCode.OK);

        Signal(parent);
        await parent.WaitForExitAsync(Ct);
        Assert.Equal(0, parent.ExitCode);
    }

    [Fact]
    public async Task A_port_that_is_taken_is_said_and_nothing_begins()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture);

        var said = await _terminal.RunAsync("worker", "default", "--health-port", port);

        Assert.Equal(2, said.Code);
        Assert.StartsWith($"naq: health cannot be served at 127.0.0.1:{port}: ", said.ErrorLines[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_autoscaler_is_ready_while_it_runs()
    {
        var up = Start("up", "--health-port", Port());
        await UntilAsync(async () => await StatusAsync("readyz") == HttpStatusCode.OK);

        await UntilAsync(async () => (await MetricsAsync()).Contains("naq_scaling_desired_workers{pool=\"default\"}", StringComparison.Ordinal));
        Signal(up);
        await up.WaitForExitAsync(Ct);
        Assert.Equal(0, up.ExitCode);
    }

    public ValueTask DisposeAsync()
    {
        foreach (var process in _processes)
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }

            process.Dispose();
        }

        _web.Dispose();
        _terminal.Dispose();
        _patience.Dispose();
        return default;
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static void Signal(Process process)
    {
        using var kill = Process.Start("kill", ["-TERM", process.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    private string Port() => _port.ToString(CultureInfo.InvariantCulture);

    private Uri Address(string page) => new(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{_port}/{page}"));

    private Task<string> MetricsAsync() => _web.GetStringAsync(Address("metrics"), Ct);

    /// <summary>The answer's status; null: nobody answers.</summary>
    private async Task<HttpStatusCode?> StatusAsync(string page)
    {
        try
        {
            using var answer = await _web.GetAsync(Address(page), Ct);
            return answer.StatusCode;
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    private Process Start(params string[] args)
    {
        var start = new ProcessStartInfo(NaqProgram.Path, args) { WorkingDirectory = _terminal.Folder };
        foreach (var name in start.Environment.Keys.Where(static key => key.StartsWith("NAQ_", StringComparison.Ordinal)).ToList())
        {
            start.Environment.Remove(name);
        }

        start.Environment["NAQ_BROKER"] = "sqlite:" + _terminal.Database;
        var process = Process.Start(start)!;
        _processes.Add(process);
        return process;
    }

    private async Task<WorkerRecord> FirstAsync(Broker broker, Predicate<WorkerRecord> isIt)
    {
        WorkerRecord? found = null;
        await UntilAsync(async () => (found = (await WorkerRegistry.ListAsync(broker.Cluster, Ct)).FirstOrDefault(w => isIt(w))) is not null);
        return found!;
    }

    private async Task UntilAsync(Func<Task<bool>> isSo)
    {
        while (!await isSo())
        {
            await Task.Delay(Look, TimeProvider.System, Ct);
        }
    }
}
