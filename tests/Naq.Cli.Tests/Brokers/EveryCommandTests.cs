using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Naq.Nats.Local;
using Naq.Tests;

namespace Naq.Cli.Tests.Brokers;

/// <summary>Every command of the tree on SQLite and on NATS: the same exit codes, and outputs of the same shape.</summary>
[Trait("Kind", "System")]
public sealed class EveryCommandTests : IAsyncLifetime
{
    private const string Pools = """{"Naq":{"Autoscaler":{"Interval":"500ms","Pools":{"mail":{"Min":1,"Max":2,"Worker":{"Concurrency":1}}}}}}""";

    private const string Init = """{"type":"init","version":1,"cold_start_s":2,"slo_wait_s":10,"slo_target":0.99,"interval_s":5,"metric_lag_s":1,"concurrency":1,"min_workers":1,"max_workers":100,"initial_workers":2,"epoch":0,"history_bin_s":60,"history_epoch":0,"history":[]}""";

    /// <summary>The table, run from top to bottom. A command that is not in it fails <see cref="Every_command_is_in_the_table"/>.</summary>
    private static readonly Line[] Table =
    [
        // One has to say no first: nothing is there.
        new("queue show", "mail", "-o", "json") { Code = 4 },
        new("job show", "00000000000000000000000000000001", "-o", "json") { Code = 4 },
        new("enqueue", "naq.noop", "{}", "--queue", "mail", "--unique", "k", "-o", "json") { KeepsId = true },
        new("enqueue", "naq.noop", "{}", "--queue", "mail", "--unique", "k", "-o", "json"),
        new("enqueue", "naq.noop", "--queue", "mail", "--delay", "1h", "-o", "ndjson"),
        new("enqueue", "--stdin", "--queue", "mail") { Input = """{"type":"naq.noop"}""" + "\n" + """{"type":"NO"}""" + "\n", Code = 7 },
        new("load", "--queue", "mail", "--jobs", "3", "--type", "naq.noop", "-o", "json"),
        new("queue list", "-o", "json"),
        new("queue show", "mail", "-o", "json"),
        new("monitor", "--count", "2", "--interval", "100ms", "-o", "ndjson"),
        new("queue pause", "mail", "-o", "json"),
        new("queue resume", "mail", "-o", "json"),
        new("queue set", "mail", "--max-length", "6", "-o", "json"),
        new("load", "--queue", "mail", "--jobs", "3", "--type", "naq.noop", "-o", "json") { Code = 6 },
        new("queue set", "mail", "--max-length", "none", "-o", "json"),
        new("job list", "-o", "json"),
        new("job list", "--state", "scheduled", "-o", "ndjson"),
        new("job show", "{id}", "-o", "json"),
        new("job wait", "{id}", "--timeout", "10ms", "-o", "json") { Code = 5 },
        new("job cancel", "{id}", "-o", "json"),
        new("job show", "{id}", "-o", "json"),
        new("job retry", "{id}", "-o", "json"),
        new("job retry", "{id}", "-o", "json") { Code = 6 },
        new("job delete", "{id}", "-o", "json"),
        new("job delete", "{id}", "-o", "json") { Code = 4 },
        new("queue purge", "mail", "--dry-run", "-o", "json"),
        new("queue purge", "mail", "--yes", "-o", "json"),

        // A worker, and what can be said to it.
        new("workers list", "-o", "json"),
        new("workers quiet", "nobody", "-o", "json") { Code = 4 },
        new("worker", "mail", "bad", "--name", "w1", "--concurrency", "2") { Run = Run.Beside },
        new("workers list", "-o", "json") { Until = "\"running\"" },
        new("enqueue", "naq.noop", "--queue", "mail", "-o", "json") { KeepsId = true },
        new("job wait", "{id}", "--timeout", "1m", "-o", "json"),
        new("job show", "{id}", "-o", "json"),
        new("job list", "--state", "succeeded", "-o", "json"),
        new("enqueue", "naq.fail", """{"times":9}""", "--queue", "bad", "--attempts", "1", "-o", "json") { KeepsId = true },
        new("job wait", "{id}", "--timeout", "1m", "-o", "json") { Code = 1 },
        new("dead list", "-o", "json"),
        new("workers quiet", "w1", "-o", "json"),
        new("workers list", "-o", "json") { Until = "\"quiet\"" },
        new("dead requeue", "{id}", "-o", "json"),
        new("dead requeue", "--all", "-o", "json"),
        new("workers resume", "w1", "-o", "json"),
        new("workers drain", "--all", "-o", "json"),
        new("worker") { Run = Run.Stop },
        new("queue delete", "bad", "--dry-run", "-o", "json") { IsFree = true },
        new("queue delete", "mail", "-o", "json") { Code = 2 },
        new("queue delete", "mail", "--yes", "-o", "json"),
        new("queue delete", "mail", "--yes", "-o", "json") { Code = 4 },
        new("doctor", "-o", "json"),
        new("config show", "-o", "json"),

        // Pools, and what is known of them.
        new("scale status", "-o", "json"),
        new("scale explain", "mail", "-o", "json") { Code = 4 },
        new("autoscale") { Run = Run.Beside },
        new("scale status", "-o", "json") { Until = "\"running\":1" },
        new("scale set", "mail", "--workers", "2", "-o", "json"),
        new("scale status", "-o", "json") { Until = "\"running\":2" },
        new("monitor", "ma*", "--count", "1", "-o", "ndjson") { Until = "\"desired\":2" },
        new("scale history", "-o", "json") { IsFree = true },
        new("scale explain", "mail", "-o", "json") { IsFree = true },
        new("scale set", "mail", "--clear", "-o", "json"),
        new("autoscale") { Run = Run.Stop },
        new("scale history", "--limit", "1", "-o", "json"),
        new("scale replay", "--of", "mail", "-o", "json") { Code = 1 },
        new("forecast", "mail", "-o", "json") { Code = null },
        new("up") { Run = Run.Beside },
        new("scale status", "-o", "json") { Until = "\"running\":1" },
        new("up") { Run = Run.Stop },

        // Each makes its own broker of the kind.
        new("demo", "--for", "3s", "-o", "json") { Run = Run.Apart },

        new("bench", "--jobs", "20", "--runs", "1", "--scenario", "decide", "-o", "json") { Run = Run.WithoutBroker },
        new("simulate", "--shape", "poisson:rate=1,for=10m", "--policy", "latency", "-o", "json") { Run = Run.WithoutBroker },
        new("autoscale decide", "--stdio") { Run = Run.WithoutBroker, Input = Init + "\n" },
        new("completion", "bash") { Run = Run.WithoutBroker, IsFree = true },
        new("scale diff", "same.json", "same.json", "-o", "json") { Run = Run.WithoutBroker },
    ];

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100);

    private readonly CancellationTokenSource _patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private readonly List<Process> _processes = [];
    private readonly Terminal _terminal = new();
    private LocalServer? _server;

    private CancellationToken Ct => _patience.Token;

    public async ValueTask InitializeAsync()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs signals");
        _patience.CancelAfter(TimeSpan.FromMinutes(5));
        await File.WriteAllTextAsync(Path.Combine(_terminal.Folder, "naq.json"), Pools, Ct);
        await File.WriteAllTextAsync(Path.Combine(_terminal.Folder, "same.json"), "[]", Ct);
    }

    [Fact]
    public void Every_command_is_in_the_table()
    {
        var tree = new CommandTree(_terminal.ShellOf(Stream.Null, TextWriter.Null, TextWriter.Null), null);

        Assert.Equal(Runnable(tree, "").Order(StringComparer.Ordinal), Table.Select(static line => line.Command).Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Every_command_answers_alike_on_both_brokers()
    {
        try
        {
            _server = await LocalServer.StartAsync(Path.Combine(_terminal.Folder, "nats"), LocalServer.AnyPort, "", Ct);
        }
        catch (BrokerUnavailableException none)
        {
            Assert.Skip(none.Message);
        }

        var sqlite = await PlayAsync("sqlite:" + _terminal.Database);
        var nats = await PlayAsync(_server.Url);

        var (one, other) = (sqlite.Split('\n'), nats.Split('\n'));
        Assert.True(one.Length == other.Length && one.Zip(other).All(static pair => Shape.IsAlike(pair.First, pair.Second)), Difference(one, other));
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

    /// <summary>The first command whose answers differ, and how.</summary>
    private static string Difference(string[] one, string[] other)
    {
        var at = Enumerable.Range(0, Math.Min(one.Length, other.Length)).FirstOrDefault(i => !Shape.IsAlike(one[i], other[i]), Math.Min(one.Length, other.Length) - 1);
        var command = one.Take(at + 1).LastOrDefault(static line => line.StartsWith("naq ", StringComparison.Ordinal));
        return $"{command}: '{one[at]}' on SQLite, '{other[at]}' on NATS";
    }

    /// <summary>The paths of all commands that do something.</summary>
    private static IEnumerable<string> Runnable(Command command, string path) => command.Subcommands.SelectMany(child =>
    {
        var name = $"{path} {child.Name}".Trim();
        return child.Action is null ? Runnable(child, name) : Runnable(child, name).Prepend(name);
    });

    /// <summary>Runs the table, and writes down what each line answered.</summary>
    private async Task<string> PlayAsync(string broker)
    {
        _terminal.Variables["NAQ_BROKER"] = broker;
        var answers = new StringBuilder();
        var id = "";
        Process? beside = null;
        foreach (var line in Table)
        {
            string[] args = [.. line.Command.Split(' '), .. line.Arguments.Select(argument => argument == "{id}" ? id : argument)];
            switch (line.Run)
            {
                case Run.Beside:
                    beside = Start(broker, args);
                    break;
                case Run.Stop:
                    var code = await StopAsync(beside!);
                    Assert.True(code == 0, $"{line} ended with {code} on {broker}");
                    break;
                case Run.Apart:
                    args = [.. args, "--broker", broker.StartsWith("sqlite", StringComparison.Ordinal) ? "sqlite" : "nats"];
                    answers.Append(line).Append('\n').Append(await WholeAsync(line, broker, Start(broker, args)));
                    break;
                case Run.Here or Run.WithoutBroker:
                    var said = await SayAsync(line, args);
                    Assert.True(said.Code == (line.Code ?? said.Code), $"{line} ended with {said.Code} on {broker}, not {line.Code}: {said.Error}");
                    answers.Append(line).Append("    # ").Append(said.Code).Append('\n').Append(line.IsFree ? "" : Shape.Of(said.Out));
                    id = line.KeepsId ? IdIn(said.Out) : id;
                    break;
            }
        }

        return answers.ToString();
    }

    private async Task<Said> SayAsync(Line line, string[] args)
    {
        while (true)
        {
            var said = await _terminal.RunAsync(line.Input, args, Ct);
            if (line.Until is not { } text || said.Out.Contains(text, StringComparison.Ordinal))
            {
                return said;
            }

            await Task.Delay(Look, TimeProvider.System, Ct);
        }
    }

    private async Task<string> WholeAsync(Line line, string broker, Process process)
    {
        var output = await process.StandardOutput.ReadToEndAsync(Ct);
        await process.WaitForExitAsync(Ct);
        Assert.True(process.ExitCode == line.Code, $"{line} ended with {process.ExitCode} on {broker}: {output}");
        return Shape.Of(output);
    }

    private Process Start(string broker, string[] args)
    {
        var start = new ProcessStartInfo(NaqProgram.Path, args) { WorkingDirectory = _terminal.Folder, RedirectStandardOutput = args[0] == "demo" };
        foreach (var name in start.Environment.Keys.Where(static key => key.StartsWith("NAQ_", StringComparison.Ordinal)).ToList())
        {
            start.Environment.Remove(name);
        }

        start.Environment["NAQ_BROKER"] = broker;
        var process = Process.Start(start)!;
        _processes.Add(process);
        return process;
    }

    private async Task<int> StopAsync(Process process)
    {
        using var kill = Process.Start("kill", ["-TERM", process.Id.ToString(CultureInfo.InvariantCulture)]);
        await process.WaitForExitAsync(Ct);
        return process.ExitCode;
    }

    private static string IdIn(string json)
    {
        using var document = JsonDocument.Parse(json);
        return document.RootElement.GetProperty("id").GetString()!;
    }
}
