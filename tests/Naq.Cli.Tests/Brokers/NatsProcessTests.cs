using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Naq.Cli.Connecting;
using Naq.Nats.Local;
using Naq.Tests;

namespace Naq.Cli.Tests.Brokers;

/// <summary>Real <c>naq</c> processes on NATS: a server of their own, and secrets that nobody sees.</summary>
[Trait("Kind", "System")]
public sealed class NatsProcessTests : IAsyncLifetime
{
    private const string Secret = "s3cret-that-nobody-may-see";

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100);

    private readonly CancellationTokenSource _patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private readonly Terminal _terminal = new();
    private readonly StringBuilder _said = new();
    private readonly List<Process> _processes = [];
    private LocalServer? _server;

    private CancellationToken Ct => _patience.Token;

    public ValueTask InitializeAsync()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "reads /proc and sends signals");
        _patience.CancelAfter(TimeSpan.FromMinutes(2));
        _terminal.Variables.Remove("NAQ_BROKER");
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Up_on_nats_starts_a_server_and_takes_it_down_again()
    {
        Assert.SkipWhen(await ListensAsync(BrokerAddress.LocalPort), "something listens on the port of nats-server already");
        await RequireServerAsync();
        var up = Start(new() { ["XDG_STATE_HOME"] = _terminal.Folder }, "up", "--broker", "nats");
        _terminal.Variables["NAQ_BROKER"] = string.Create(CultureInfo.InvariantCulture, $"nats://127.0.0.1:{BrokerAddress.LocalPort}");
        await UntilAsync(async () => (await _terminal.RunAsync("workers", "list", "-o", "json")).Out.Contains("\"running\"", StringComparison.Ordinal));

        var id = await _terminal.EnqueueAsync("naq.noop");
        var waited = await _terminal.RunAsync("job", "wait", id, "--timeout", "1m", "-o", "json");

        Assert.True(waited.Code == 0, waited.Error);
        Assert.Equal(0, await StopAsync(up));
        Assert.True(Directory.Exists(Path.Combine(_terminal.Folder, "naq", "nats", "store")));
        Assert.False(await ListensAsync(BrokerAddress.LocalPort));
    }

    [Fact]
    public async Task A_worker_that_starts_before_its_server_works_when_it_is_there()
    {
        await RequireServerAsync();
        await _server!.KillAsync();
        var worker = Start(new() { ["NAQ_NATS_URL"] = _server.Url }, "worker", "default", "--concurrency", "1");
        var idle = Start(new() { ["NAQ_NATS_URL"] = _server.Url }, "up");
        await UntilAsync(() => ValueTask.FromResult(Everything().Split("It is tried again until it can be used").Length == 3));

        Assert.Equal(0, await StopAsync(idle));
        await _server.StartAsync(Ct);
        _terminal.Variables["NAQ_NATS_URL"] = _server.Url;
        var id = await _terminal.EnqueueAsync("naq.noop");
        var waited = await _terminal.RunAsync("job", "wait", id, "--timeout", "1m");

        Assert.True(waited.Code == 0, waited.Error + Everything());
        Assert.Equal(0, await StopAsync(worker));
    }

    [Theory]
    [InlineData("NAQ_NATS_PASSWORD")]
    [InlineData("NAQ_NATS_PASSWORD_FILE")]
    [InlineData("NAQ_NATS_TOKEN_FILE")]
    public async Task No_secret_is_seen_in_logs_or_command_lines(string variable)
    {
        var isToken = variable.Contains("TOKEN", StringComparison.Ordinal);
        await RequireServerAsync(isToken ? $$"""authorization { token: "{{Secret}}" }""" : $$"""authorization { user: "mia", password: "{{Secret}}" }""");
        var file = Path.Combine(_terminal.Folder, "secret");
        await File.WriteAllTextAsync(file, Secret + "\n", Ct);
        var environment = new Dictionary<string, string> { ["NAQ_NATS_URL"] = _server!.Url, [variable] = variable.EndsWith("_FILE", StringComparison.Ordinal) ? file : Secret };
        if (!isToken)
        {
            environment["NAQ_NATS_USER"] = "mia";
        }

        foreach (var (name, value) in environment)
        {
            _terminal.Variables[name] = value;
        }

        var up = Start(environment, "up", "--log-level", "trace", "-v");
        await UntilAsync(async () => (await _terminal.RunAsync("workers", "list", "-o", "json")).Out.Contains("\"running\"", StringComparison.Ordinal));

        var lines = CommandLinesBelow(up.Id);
        var doctor = await _terminal.RunAsync("doctor", "-v", "--log-level", "trace");

        // The command itself, and at least one worker that it started.
        Assert.True(lines.Count >= 2, string.Join('\n', lines));
        Assert.Contains(lines, static line => line.Contains("worker", StringComparison.Ordinal));
        Assert.All(lines, static line => Assert.DoesNotContain(Secret, line, StringComparison.Ordinal));
        Assert.DoesNotContain(Secret, doctor.Out + doctor.Error, StringComparison.Ordinal);
        Assert.Equal(0, await StopAsync(up));
        Assert.DoesNotContain(Secret, Everything(), StringComparison.Ordinal);
        Assert.Contains("worker", Everything(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_password_is_refused_and_not_repeated()
    {
        await RequireServerAsync($$"""authorization { user: "mia", password: "{{Secret}}" }""");
        (_terminal.Variables["NAQ_NATS_URL"], _terminal.Variables["NAQ_NATS_USER"], _terminal.Variables["NAQ_NATS_PASSWORD"]) = (_server!.Url, "mia", "wr0ng");

        var said = await _terminal.RunAsync("queue", "list", "-v");

        Assert.Equal(3, said.Code);
        Assert.DoesNotContain("wr0ng", said.Error, StringComparison.Ordinal);
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

        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        _terminal.Dispose();
        _patience.Dispose();
    }

    private async Task RequireServerAsync(string more = "")
    {
        try
        {
            _server = await LocalServer.StartAsync(Path.Combine(_terminal.Folder, "server"), LocalServer.AnyPort, more, Ct);
        }
        catch (BrokerUnavailableException none)
        {
            Assert.Skip(none.Message);
        }
    }

    private Process Start(Dictionary<string, string> environment, params string[] args)
    {
        var start = new ProcessStartInfo(NaqProgram.Path, args)
        {
            WorkingDirectory = _terminal.Folder,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        foreach (var name in start.Environment.Keys.Where(static key => key.StartsWith("NAQ_", StringComparison.Ordinal)).ToList())
        {
            start.Environment.Remove(name);
        }

        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        var process = Process.Start(start)!;
        _processes.Add(process);
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    private void Keep(string? line)
    {
        lock (_said)
        {
            _said.AppendLine(line);
        }
    }

    private string Everything()
    {
        lock (_said)
        {
            return _said.ToString();
        }
    }

    /// <summary>What anybody on the machine can read of a process and of all that it has started.</summary>
    private static List<string> CommandLinesBelow(int root)
    {
        var parents = new Dictionary<int, int>();
        foreach (var folder in Directory.GetDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var pid) && Read(folder, "stat") is { } stat)
            {
                parents[pid] = int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1], CultureInfo.InvariantCulture);
            }
        }

        var below = new HashSet<int> { root };
        while (parents.Where(entry => below.Contains(entry.Value) && below.Add(entry.Key)).ToList().Count > 0)
        {
            // One generation a turn.
        }

        return [.. below.Select(static pid => Read($"/proc/{pid.ToString(CultureInfo.InvariantCulture)}", "cmdline")).OfType<string>()];
    }

    /// <summary>Null: it has ended meanwhile.</summary>
    private static string? Read(string folder, string file)
    {
        try
        {
            return File.ReadAllText(Path.Combine(folder, file)).Replace('\0', ' ');
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private async Task<int> StopAsync(Process process)
    {
        using var kill = Process.Start("kill", ["-TERM", process.Id.ToString(CultureInfo.InvariantCulture)]);
        await process.WaitForExitAsync(Ct);
        return process.ExitCode;
    }

    private static async Task<bool> ListensAsync(int port)
    {
        using var probe = new TcpClient();
        try
        {
            await probe.ConnectAsync("127.0.0.1", port, TestContext.Current.CancellationToken);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private async Task UntilAsync(Func<ValueTask<bool>> isSo)
    {
        while (!await isSo())
        {
            await Task.Delay(Look, TimeProvider.System, Ct);
        }
    }
}
