using System.Text.Json;
using System.Text.RegularExpressions;

namespace Naq.Cli.Tests.Setup;

public sealed partial class ConfigTests : IDisposable
{
    /// <summary>Set for one worker by whoever starts it, or read in order to warn: nobody configures them.</summary>
    private static readonly string[] NotSettings =
        ["NAQ_BROKER", "NAQ_NATS_URL", "NAQ_POOL", "NAQ_POOL_MAX", "NAQ_REPLICA", "NAQ_SUPERVISED", "NAQ_WORKER_TTL"];

    private readonly Terminal _terminal = new();

    [Fact]
    public async Task Each_setting_says_who_has_set_it()
    {
        _terminal.Variables["NAQ_DURABILITY"] = "normal";
        await File.WriteAllTextAsync(
            Path.Combine(_terminal.Folder, "naq.json"),
            """{"Naq":{"Autoscaler":{"Interval":"500ms","Pools":{"mail":{},"images":{}}}}}""",
            TestContext.Current.CancellationToken);

        var settings = await ShowAsync();

        Assert.Equal(("sqlite:" + _terminal.Database, "environment", "NAQ_BROKER"), settings["broker"]);
        Assert.Equal(("normal", "environment", "NAQ_DURABILITY"), settings["durability"]);
        Assert.Equal(("256MB", "default", "NAQ_MIN_FREE_DISK"), settings["min_free_disk"]);
        Assert.Equal(("mail images", "file", "naq.json"), settings["pools"]);
        Assert.Equal(("500ms", "file", "naq.json"), settings["autoscaler.interval"]);
        Assert.Equal((null, "default", "NAQ_MAX_JOBS"), settings["worker.max_jobs"]);
        Assert.False(File.Exists(_terminal.Database));
    }

    [Fact]
    public async Task A_flag_wins_and_a_file_or_nothing_comes_last()
    {
        Assert.Equal("flag", (await ShowAsync("--broker", "sqlite:other.db"))["broker"].Origin);
        _terminal.Variables.Remove("NAQ_BROKER");
        _terminal.Variables["HOME"] = _terminal.Folder;
        Assert.Equal("default", (await ShowAsync())["broker"].Origin);
        await File.WriteAllTextAsync(Path.Combine(_terminal.Folder, "naq.json"), """{"Naq":{"Broker":"sqlite:jobs.db"}}""", TestContext.Current.CancellationToken);
        Assert.Equal(($"sqlite:{Path.Combine(_terminal.Folder, "jobs.db")}", "file", "naq.json"), (await ShowAsync())["broker"]);
    }

    [Fact]
    public async Task Secrets_are_masked()
    {
        _terminal.Variables["NAQ_BROKER"] = "nats://127.0.0.1:4222";
        _terminal.Variables["NAQ_NATS_USER"] = "naq";
        _terminal.Variables["NAQ_NATS_PASSWORD"] = "hunter2";

        var said = await _terminal.RunAsync("config", "show", "--origin");

        Assert.Equal(0, said.Code);
        Assert.DoesNotContain("hunter2", said.Out, StringComparison.Ordinal);
        Assert.Matches(@"nats\.password +\*{8} +environment +NAQ_NATS_PASSWORD", said.Out);
        Assert.Matches(@"nats\.token +- +default +NAQ_NATS_TOKEN", said.Out);
    }

    [Fact]
    public async Task What_is_wrong_is_said_instead()
    {
        _terminal.Variables["NAQ_CONCURRENCY"] = "many";
        _terminal.Variables["NAQ_MAX_MEMORY"] = "lots";

        var said = await _terminal.RunAsync("config", "show");

        Assert.Equal((2, ""), (said.Code, said.Out));
        Assert.Equal(
            ["naq: NAQ_CONCURRENCY 'many' is not a whole number above 0.", "naq: NAQ_MAX_MEMORY 'lots' is not a size such as 2GB or 2GiB."],
            said.ErrorLines);
    }

    [Theory]
    [InlineData("config", "show")]
    [InlineData("queue", "list")]
    public async Task A_durability_that_there_is_not_is_said_in_one_line(params string[] command)
    {
        _terminal.Variables["NAQ_DURABILITY"] = "high";

        var said = await _terminal.RunAsync(command);

        Assert.Equal((2, ""), (said.Code, said.Out));
        Assert.Equal(["naq: NAQ_DURABILITY 'high' is not one of full, normal, synced."], said.ErrorLines);
        Assert.False(File.Exists(_terminal.Database));
    }

    [Fact]
    public async Task Every_variable_that_the_command_line_reads_is_shown()
    {
        var source = Path.Combine(Root(), "src", "Naq.Cli");
        var read = Directory.GetFiles(source, "*.cs", SearchOption.AllDirectories)
            .SelectMany(static file => Variable().Matches(File.ReadAllText(file)), static (_, match) => match.Groups[1].Value)
            .Distinct().Except(NotSettings).Except(["NAQ_JOB_ID", "NAQ_ATTEMPT", "NAQ_FENCE", "NAQ_QUEUE", "NAQ_WORKER_ID", "NAQ_WORKER_PID"]);
        var sqlite = await ShowAsync();
        var nats = await ShowAsync("--broker", "nats://127.0.0.1:4222");

        Assert.Empty(read.Except(sqlite.Values.Concat(nats.Values).Select(static setting => setting.Source)));
    }

    public void Dispose() => _terminal.Dispose();

    private async Task<Dictionary<string, (string? Value, string Origin, string Source)>> ShowAsync(params string[] args)
    {
        var said = await _terminal.RunAsync(["config", "show", "-o", "json", .. args]);
        Assert.True(said.Code == 0, said.Error);
        using var document = JsonDocument.Parse(said.Out);
        return document.RootElement.EnumerateArray().ToDictionary(
            static s => s.GetProperty("name").GetString()!,
            static s => (s.GetProperty("value").GetString(), s.GetProperty("origin").GetString()!, s.GetProperty("source").GetString()!));
    }

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Naq.slnx")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("The tests do not run inside the repository.");
        }

        return folder.FullName;
    }

    [GeneratedRegex("\"(NAQ_[A-Z_]+)\"")]
    private static partial Regex Variable();
}
