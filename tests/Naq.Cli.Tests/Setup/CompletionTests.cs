using System.Diagnostics;
using System.Globalization;
using Naq.Cli.Completing;
using Naq.Tests;

namespace Naq.Cli.Tests.Setup;

public sealed class CompletionTests : IDisposable
{
    private readonly Terminal _terminal = new();

    [Theory]
    [InlineData("naq queu", "queue")]
    [InlineData("naq job ", "list show retry cancel delete wait")]
    [InlineData("/usr/local/bin/naq completion ", "bash zsh fish pwsh")]
    [InlineData("naq queue list -o ", "json ndjson table")]
    [InlineData("naq job list --state s", "scheduled succeeded")]
    [InlineData("naq queue list --ou", "--output")]
    [InlineData("naq enqueue naq.s", "naq.sleep")]
    [InlineData("naq", "")]
    public async Task Words_of_the_program_are_suggested(string line, string expected) => Assert.Equal(Sorted(expected), await SuggestAsync(line));

    [Fact]
    public async Task Live_queues_jobs_and_types_are_suggested()
    {
        var first = await _terminal.EnqueueAsync("shop.ship", "--queue", "mail");
        var second = await _terminal.EnqueueAsync("naq.noop", "--queue", "mail-bulk");

        Assert.Equal(["mail", "mail-bulk"], await SuggestAsync("naq queue show "));
        Assert.Equal(["mail-bulk"], await SuggestAsync("naq worker mail-"));
        Assert.Equal(["mail", "mail-bulk"], await SuggestAsync("naq job list --queue "));
        Assert.Equal(Sorted($"{first} {second}"), await SuggestAsync("naq job show "));
        Assert.Equal(["shop.ship"], await SuggestAsync("naq enqueue sh"));
        Assert.Empty(await SuggestAsync("naq dead requeue "));
    }

    [Fact]
    public async Task Only_what_stands_before_the_cursor_counts()
    {
        var said = await _terminal.RunAsync("[suggest:8]", "naq queue list");

        Assert.Equal((0, "queue\n", ""), (said.Code, said.Out, said.Error));
    }

    [Fact]
    public async Task Asking_makes_no_broker_and_says_nothing_of_faults()
    {
        Assert.Empty(await SuggestAsync("naq queue show "));
        Assert.False(File.Exists(_terminal.Database));

        _terminal.Variables["NAQ_BROKER"] = "nats://127.0.0.1:1";
        Assert.Empty(await SuggestAsync("naq queue show "));
        _terminal.Variables["NAQ_BROKER"] = "nonsense";
        Assert.Empty(await SuggestAsync("naq queue show "));
    }

    [Fact]
    public async Task An_unknown_shell_is_refused_with_the_known_ones()
    {
        var said = await _terminal.RunAsync("completion", "csh");

        Assert.Equal(2, said.Code);
        Assert.Equal("naq: bash|zsh|fish|pwsh 'csh' is not one of bash, zsh, fish, pwsh. Did you mean 'zsh'?\n", said.Error);
    }

    [Theory]
    [InlineData("bash", "bash", "-n")]
    [InlineData("zsh", "zsh", "-n")]
    [InlineData("fish", "fish", "--no-execute")]
    public async Task The_script_is_one_that_its_shell_can_read(string shell, string program, string check)
    {
        var script = await ScriptAsync(shell);

        var (code, output) = await RunAsync(program, [check, script]);

        Assert.True(code == 0, output);
    }

    [Fact]
    public async Task Bash_completes_what_the_program_answers()
    {
        await _terminal.EnqueueAsync("naq.noop", "--queue", "mail");
        var script = await ScriptAsync("bash");
        var tool = NaqProgram.Path;
        var question = $"""
            source {script}
            COMP_LINE='{tool} queue show m' COMP_POINT={tool.Length + 13}
            _naq_complete {tool} m show
            echo "$COMPREPLY"
            complete -p naq
            """;

        var (code, output) = await RunAsync("bash", ["-c", question]);

        Assert.Equal((0, "mail\ncomplete -o default -F _naq_complete naq\n"), (code, output));
    }

    [Fact]
    public void A_program_of_another_name_is_completed_under_it()
    {
        var script = CompletionScripts.Of(CompletionShell.Bash, "my-worker");

        Assert.Contains("complete -o default -F _my_worker_complete my-worker", script, StringComparison.Ordinal);
    }

    public void Dispose() => _terminal.Dispose();

    private static string[] Sorted(string words) => [.. words.Split(' ', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal)];

    private async Task<string[]> SuggestAsync(string line)
    {
        var said = await _terminal.RunAsync(string.Create(CultureInfo.InvariantCulture, $"[suggest:{line.Length}]"), line);
        Assert.Equal((0, ""), (said.Code, said.Error));
        return [.. said.OutLines.Order(StringComparer.Ordinal)];
    }

    private async Task<string> ScriptAsync(string shell)
    {
        var said = await _terminal.RunAsync("completion", shell);
        Assert.Equal(0, said.Code);
        var file = Path.Combine(_terminal.Folder, "script." + shell);
        await File.WriteAllTextAsync(file, said.Out, TestContext.Current.CancellationToken);
        return file;
    }

    private async Task<(int Code, string Output)> RunAsync(string program, string[] arguments)
    {
        var path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        Assert.SkipUnless(path.Any(folder => File.Exists(Path.Combine(folder, program))), $"{program} is not installed here");
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = _terminal.Folder };
        start.Environment["NAQ_BROKER"] = _terminal.Variables["NAQ_BROKER"];
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, output + await errors);
    }
}
