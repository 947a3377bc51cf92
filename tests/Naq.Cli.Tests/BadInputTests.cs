using Naq.Cli.Shells;

namespace Naq.Cli.Tests;

/// <summary>Wrong input is one line on stderr that says what would be right, exit code 2, and nothing is touched.</summary>
public sealed class BadInputTests : IDisposable
{
    private readonly Terminal _terminal = new();

    public static TheoryData<string, string> Lines => new()
    {
        { "frobnicate", "unknown command 'frobnicate'." },
        { "queeu list", "Did you mean 'queue'?" },
        { "queue lst", "Did you mean 'list'?" },
        { "queue", "needs a command: list, show, pause, resume," },
        { "queue list --otput json", "unknown option '--otput'. Did you mean '--output'?" },
        { "queue list -o yaml", "--output 'yaml' is not one of table, json, ndjson." },
        { "queue list extra", "unexpected argument 'extra'." },
        { "queue show bad.name", "queue name 'bad.name' is not valid" },
        { "queue purge default", "say --yes" },
        { "worker default --concurency 4", "unknown option '--concurency'. Did you mean '--concurrency'?" },
        { "worker default --concurrency 0", "--concurrency '0' is not a whole number from 1 to 10000." },
        { "worker default --concurrency -3", "--concurrency '-3' is not a whole number" },
        { "worker default --concurrency many", "--concurrency 'many' is not a whole number" },
        { "worker", "QUEUE" },
        { "worker a.b", "queue 'a.b' is not valid" },
        { "worker default:0", "weight '0' of queue 'default' is not a whole number from 1 to 1000." },
        { "worker default --max-memory lots", "--max-memory 'lots' is not a size" },
        { "worker default --worker-ttl 0", "--worker-ttl '0' is not a duration" },
        { "worker default --drain-timeout 5parsecs", "--drain-timeout '5parsecs' is not a duration" },
        { "worker default --lease 1ms", "lease 00:00:00.0010000 is not within" },
        { "worker default --allow-exec no-such-program-here", "--allow-exec 'no-such-program-here' is not a program" },
        { "worker default --health-port 65536", "--health-port '65536' is not a whole number from 0 to 65535." },
        { "worker default --health-port 0 --health-host example.org", "--health-host 'example.org' is not an IP address such as 0.0.0.0." },
        { "worker default --name a/b", "worker name 'a/b' is not valid" },
        { "enqueue", "name the job's TYPE, or say --stdin." },
        { "enqueue a.b --stdin", "name the job's TYPE, or say --stdin." },
        { "enqueue Bad.Type", "job type 'Bad.Type' is not valid" },
        { "enqueue naq.slep {}", "Did you mean 'naq.sleep'?" },
        { "enqueue naq.sleep {}", "'ms'" },
        { "enqueue naq.sleep {\"ms\":-1}", "ms -1 is not within" },
        { "enqueue naq.exec {\"command\":[]}", "command names no program" },
        { "enqueue a.b {\"x\":1", "not valid JSON" },
        { "enqueue a.b {\"x\":1,\"x\":2}", "not valid JSON" },
        { "enqueue a.b --queue no/slash", "queue name 'no/slash' is not valid" },
        { "enqueue a.b --delay -5s", "--delay '-5s' is not a duration" },
        { "enqueue a.b --delay 1s --run-at 2030-01-01", "exclude each other" },
        { "enqueue a.b --count 0", "--count '0'" },
        { "enqueue a.b --attempts 0", "--attempts '0'" },
        { "enqueue a.b --priority urgent", "--priority 'urgent' is not one of high, normal, low." },
        { "load --rate 0", "--rate '0' is not a number above 0." },
        { "job show 123", "'123' is not a job id" },
        { "job list --state done", "--state 'done' is not one of" },
        { "job list --type Bad", "job type 'Bad' is not valid" },
        { "dead requeue", "name the jobs to requeue, or say --all." },
        { "workers drain", "name the workers, or say --all." },
        { "scale set default", "say --min, --max or --workers, or --clear alone." },
        { "demo --min 9 --max 8", "--min (9) is above --max (8)" },
        { "demo --policy magic", "Policy 'magic' is not known. Known: auto, backlog" },
        { "autoscale decide", "run naq autoscale decide --stdio" },
        { "autoscale decide --stdio --policy latancy", "Did you mean latency?" },
        { "autoscale decide --stdio --policy latency --config a.json", "--policy and --config name more than one" },
        { "autoscale decide --stdio --record no/such/folder/file", "cannot be written" },
        { "simulate --trace wc99", "--trace 'wc99' is neither a file nor one of azure_llm_code" },
        { "simulate --trace nyc_taxi --shape poisson", "Keep one." },
        { "simulate --shape sinus", "Shape 'sinus' is not known. Did you mean sine?" },
        { "simulate --shape sine:peek=3", "'peek' is not known. Did you mean peak?" },
        { "simulate --shape sine:peak=high", "'peak=high' is not NAME=NUMBER" },
        { "simulate --shape poisson:rate=1e5,for=1d", "at most 20000000" },
        { "simulate --shape cron:every=1s", "every (1 s) is too short" },
        { "simulate --profile proces", "--profile 'proces' is not known: process, container, node." },
        { "simulate --baseline knativ", "Did you mean knative?" },
        { "simulate --baseline static:many", "'many' is not a number above 0: workers" },
        { "simulate --fault clock", "Fault 'clock' is not known" },
        { "simulate --seeds x", "--seeds 'x' is not a number" },
        { "simulate --min 5 --max 4", "--min (5) is above --max (4)" },
        { "simulate --shape poisson:for=10m --decider false", "The decider 'false' ended" },
        { "forecast --horizon 1m", "not within 15m to 24h" },
        { "forecast --trace nyc_taxi", "--trace is for --backtest" },
        { "scale diff a.json b.json", "a.json cannot be read" },
        { "scale replay --recording nowhere", "--recording nowhere does not exist" },
        { "demo --trace nowhere.csv", "cannot be read" },
        { "up --config nowhere.json", "cannot be read" },
        { "monitor --interval 0", "--interval '0' is not a duration from 100ms to 1m." },
        { "monitor --interval 61s", "--interval '61s' is not a duration from 100ms to 1m." },
        { "monitor --count 0", "--count '0'" },
        { "monitor bad.name", "queue 'bad.name' is not valid" },
        { "queue list --broker redis://host", "The broker address from --broker is not valid: use sqlite:PATH, nats://HOST:PORT or tls://HOST:PORT." },
        { "queue list --broker nats://user:secret@host", "holds a user or a password, which others could read" },
        { "queue list --broker sqlite:missing-folder/naq.db", "does not exist" },
    };

    [Theory]
    [MemberData(nameof(Lines))]
    public async Task Is_one_line_and_changes_nothing(string line, string expected)
    {
        var said = await _terminal.RunAsync(line.Split(' '));

        Assert.Equal(ExitCodes.Usage, said.Code);
        Assert.StartsWith("naq: ", Assert.Single(said.ErrorLines), StringComparison.Ordinal);
        Assert.Contains(expected, said.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", said.Error, StringComparison.Ordinal);
        Assert.Empty(said.Out);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_terminal.Folder));
    }

    [Fact]
    public async Task A_payload_above_256_KiB_is_refused()
    {
        var said = await _terminal.RunAsync("enqueue", "a.b", '"' + new string('x', 262_144) + '"');

        Assert.Equal(ExitCodes.Usage, said.Code);
        Assert.Contains("at most 262144", Assert.Single(said.ErrorLines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_payload_deeper_than_64_levels_is_refused()
    {
        var said = await _terminal.RunAsync("enqueue", "a.b", new string('[', 65) + new string(']', 65));

        Assert.Equal(ExitCodes.Usage, said.Code);
        Assert.Single(said.ErrorLines);
    }

    [Fact]
    public async Task A_foreign_file_stays_as_it_is()
    {
        await File.WriteAllTextAsync(_terminal.Database, "not a database, but somebody's letter", TestContext.Current.CancellationToken);

        var said = await _terminal.RunAsync("enqueue", "a.b");

        Assert.Equal(ExitCodes.Usage, said.Code);
        Assert.Contains("is not a SQLite database", Assert.Single(said.ErrorLines), StringComparison.Ordinal);
        Assert.Equal("not a database, but somebody's letter", await File.ReadAllTextAsync(_terminal.Database, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_file_in_place_of_the_folder_is_refused()
    {
        var file = Path.Combine(_terminal.Folder, "file");
        await File.WriteAllTextAsync(file, "", TestContext.Current.CancellationToken);

        var said = await _terminal.RunAsync("queue", "list", "--broker", $"sqlite:{file}/naq.db");

        Assert.Equal(ExitCodes.Usage, said.Code);
        Assert.Single(said.ErrorLines);
    }

    [Fact]
    public async Task A_folder_without_write_permission_is_refused()
    {
        Assert.SkipWhen(Environment.UserName == "root", "root may write into any folder");
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Windows has no such modes");
            return;
        }

        File.SetUnixFileMode(_terminal.Folder, UnixFileMode.UserRead | UnixFileMode.UserExecute);

        var said = await _terminal.RunAsync("queue", "list");

        File.SetUnixFileMode(_terminal.Folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Assert.Equal(ExitCodes.Usage, said.Code);
        Assert.Single(said.ErrorLines);
    }

    [Theory]
    [InlineData("messagepack", "not in this build yet")]
    [InlineData("pickle", "runs code")]
    [InlineData("jsno", "Did you mean 'json'?")]
    public async Task Only_the_json_serialiser_is_there(string name, string expected)
    {
        _terminal.Variables["NAQ_JOB_SERIALIZER"] = name;

        var said = await _terminal.RunAsync("enqueue", "a.b");

        Assert.Equal(ExitCodes.Usage, said.Code);
        Assert.Contains(expected, Assert.Single(said.ErrorLines), StringComparison.Ordinal);
        Assert.False(File.Exists(_terminal.Database));
    }

    [Fact]
    public async Task Every_fault_of_a_configuration_is_said_at_once()
    {
        await File.WriteAllTextAsync(
            Path.Combine(_terminal.Folder, "naq.json"),
            """{"Naq":{"Autoscaler":{"Pools":{"cpu":{"Min":8,"Max":4,"Polices":[]},"b.d":{}}}}}""",
            TestContext.Current.CancellationToken);

        var said = await _terminal.RunAsync("up");

        Assert.Equal(ExitCodes.Usage, said.Code);
        Assert.True(said.ErrorLines.Length >= 3, said.Error);
        Assert.Contains("Policies", said.Error, StringComparison.Ordinal);
        Assert.Contains("Min (8) is above Max (4)", said.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(_terminal.Database));
    }

    [Fact]
    public async Task Every_wrong_variable_of_a_worker_is_said_at_once()
    {
        _terminal.Variables["NAQ_CONCURRENCY"] = "0";
        _terminal.Variables["NAQ_DRAIN_TIMEOUT"] = "soon";

        var said = await _terminal.RunAsync("worker", "default");

        Assert.Equal(ExitCodes.Usage, said.Code);
        Assert.Equal(2, said.ErrorLines.Length);
    }

    [Fact]
    public async Task Control_characters_of_the_input_do_not_reach_the_terminal()
    {
        var said = await _terminal.RunAsync("queue", "show", "a\u001b[31mb");

        Assert.DoesNotContain('\u001b', said.Error);
        Assert.Contains(@"\x1b", said.Error, StringComparison.Ordinal);
    }

    public void Dispose() => _terminal.Dispose();
}
