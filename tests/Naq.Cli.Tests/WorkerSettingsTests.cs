using Microsoft.Extensions.Logging;
using Naq.Cli.Connecting;
using Naq.Cli.Logging;
using Naq.Cli.Working;

namespace Naq.Cli.Tests;

public sealed class WorkerSettingsTests : IDisposable
{
    private readonly Terminal _terminal = new();

    /// <summary>The example's lines, and one with every option.</summary>
    public static TheoryData<string> Lines =>
    [
        "worker default general_queue --concurrency 4",
        "worker default cpu_queue --concurrency 2",
        "worker default io_queue --concurrency 8",
        "worker default general_queue cpu_queue --concurrency 6",
        "worker default io_queue --concurrency 20 --worker-ttl 300",
        $"worker default cpu_queue --concurrency {Environment.ProcessorCount} --worker-ttl 600",
        "worker default memory_queue --concurrency 4 --max-memory 2GB",
        "worker a:3 b* * --concurrency 1 --worker-ttl 1h30m --max-jobs 10 --max-memory 2GiB --drain-timeout 0 --name w_1 --lease 2s --health-port 0 --health-host ::1 --allow-exec sh --allow-exec cat",
        "load --queue general_queue --jobs 1000",
    ];

    [Theory]
    [MemberData(nameof(Lines))]
    public void Lines_of_the_example_are_understood(string line) => Assert.Empty(Parse(line.Split(' ')));

    [Fact]
    public void Settings_survive_the_way_to_a_child()
    {
        var settings = new WorkerSettings
        {
            Queues = [new("default", 3), new("mail*", 1)],
            Name = "w",
            Concurrency = 4,
            MaxAge = TimeSpan.FromMinutes(90),
            MaxJobs = 1000,
            MaxMemoryBytes = 2_000_000_000,
            DrainTimeout = TimeSpan.FromMilliseconds(1500),
            Lease = TimeSpan.FromSeconds(2),
            Health = new(System.Net.IPAddress.Any, 9090),
            AllowedPrograms = ["sh", "/bin/cat"],
        };

        var arguments = settings.ToArguments(new(BrokerKind.Sqlite, "/a b/naq.db", "test"), LogFormat.Json, LogLevel.Warning);

        Assert.Empty(Parse(arguments));
        Assert.Equal(
            "worker default:3 mail*:1 --broker sqlite:/a b/naq.db --name w --concurrency 4 --worker-ttl 1h30m --max-jobs 1000 --max-memory 2000000000 "
            + "--drain-timeout 1.5s --lease 2s --health-port 9090 --health-host 0.0.0.0 --allow-exec sh --allow-exec /bin/cat --log-format json --log-level warning",
            string.Join(' ', arguments));
    }

    [Theory]
    [InlineData("NAQ_REPLICA", "cpu-1", true)]
    [InlineData("NAQ_SUPERVISED", "1", true)]
    [InlineData("SYSTEMD_EXEC_PID", "1", false)]
    [InlineData("INVOCATION_ID", "x", false)]
    public void Supervision_is_recognised(string name, string value, bool expected)
    {
        _terminal.Variables[name] = value;

        Assert.Equal(expected, Supervision.IsSupervised(_terminal.ShellOf(Stream.Null, TextWriter.Null, TextWriter.Null)));
    }

    public void Dispose() => _terminal.Dispose();

    private IReadOnlyList<string> Parse(IReadOnlyList<string> args)
    {
        var tree = new CommandTree(_terminal.ShellOf(Stream.Null, TextWriter.Null, TextWriter.Null), null);
        return Parsing.UsageFaults.Of(tree.Parse(args));
    }
}
