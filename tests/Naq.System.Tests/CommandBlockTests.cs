using System.Diagnostics;
using System.Text.RegularExpressions;
using Naq.Nats.Local;
using Naq.Tests;

namespace Naq.System.Tests;

/// <summary>What the guides tell a reader to type is typed here, each block in an empty folder with a broker of its own, and every line succeeds.</summary>
public sealed partial class CommandBlockTests(ITestOutputHelper output)
{
    /// <summary>The server of the guides, which does not exist.</summary>
    private const string Server = "nats://naq-1:4222";

    private static readonly string Root = DebianTool.Repository();

    private static readonly List<CommandBlock> Blocks =
    [
        .. Directory.GetFiles(Path.Combine(Root, "docs"), "*.md").Order(StringComparer.Ordinal).Select(static file => Path.GetRelativePath(Root, file))
            .Prepend("README.md").SelectMany(static page => CommandBlock.Of(Root, page)),
    ];

    public static TheoryData<string> Places => [.. Blocks.Where(static block => block.IsRun).Select(static block => block.Place)];

    [Theory]
    [MemberData(nameof(Places))]
    public async Task Every_line_of_a_block_succeeds(string place)
    {
        var ct = TestContext.Current.CancellationToken;
        var block = Blocks.Single(block => block.Place == place);
        var script = block.Script();
        var folder = Directory.CreateTempSubdirectory("naq-block-").FullName;
        await using var server = script.Contains(Server, StringComparison.Ordinal) ? await StartServerAsync(Path.Combine(folder, "nats"), ct) : null;
        _ = File.CreateSymbolicLink(Path.Combine(folder, "naq"), NaqProgram.Path);
        if (block.Comments.FirstOrDefault(static c => c.Name == "naq.json").Value is { } page)
        {
            await File.WriteAllTextAsync(Path.Combine(folder, "naq.json"), Json().Match(await File.ReadAllTextAsync(Path.Combine(Root, page), ct)).Groups[1].Value, ct);
        }

        var code = await BashAsync(script.Replace(Server, server?.Url, StringComparison.Ordinal), folder, ct);
        var said = await File.ReadAllTextAsync(Path.Combine(folder, "said"), ct);
        output.WriteLine(said);
        Directory.Delete(folder, recursive: true);

        Assert.True(code == 0, said);
    }

    [Fact]
    public void Few_lines_are_not_run_and_say_why()
    {
        var left = Blocks.SelectMany(static block => block.NotRun).ToList();
        output.WriteLine($"{Blocks.Count} blocks; not run:\n{string.Join('\n', left)}");

        Assert.InRange(left.Count, 0, Blocks.Sum(static block => block.Bash.Count(static c => c == '\n')) / 5);
        Assert.All(Blocks.SelectMany(static block => block.Comments), static c => Assert.Matches("^(not run.*|run|first|naq.json)$", c.Name));
    }

    private static async Task<LocalServer?> StartServerAsync(string folder, CancellationToken ct)
    {
        try
        {
            return await LocalServer.StartAsync(folder, LocalServer.AnyPort, "", ct);
        }
        catch (BrokerUnavailableException none)
        {
            Assert.Skip(none.Message);
            throw;
        }
    }

    private static async Task<int> BashAsync(string script, string folder, CancellationToken ct)
    {
        var start = new ProcessStartInfo("bash", ["-c", script]) { RedirectStandardInput = true, WorkingDirectory = folder };
        foreach (var name in start.Environment.Keys.Where(static k => k.StartsWith("NAQ_", StringComparison.Ordinal)).ToList())
        {
            _ = start.Environment.Remove(name);
        }

        start.Environment["XDG_STATE_HOME"] = Path.Combine(folder, "state");
        start.Environment["PATH"] = $"{folder}:{start.Environment["PATH"]}";
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(TimeSpan.FromMinutes(2));
        using var bash = Process.Start(start)!;
        bash.StandardInput.Close();
        try
        {
            await bash.WaitForExitAsync(limit.Token);
            return bash.ExitCode;
        }
        finally
        {
            if (!bash.HasExited)
            {
                bash.Kill(entireProcessTree: true);
            }
        }
    }

    [GeneratedRegex("^```json\n(.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Json();
}
