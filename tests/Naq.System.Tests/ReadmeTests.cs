using System.Diagnostics;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Naq.System.Tests;

/// <summary>What the README shows is the sample that is built here, and it runs.</summary>
public sealed partial class ReadmeTests
{
    [Fact]
    public async Task The_program_in_the_readme_is_the_sample_and_says_hello()
    {
        var ct = TestContext.Current.CancellationToken;
        var readme = await File.ReadAllTextAsync(Path.Combine(DebianTool.Repository(), "README.md"), ct);
        var sample = await File.ReadAllTextAsync(Path.Combine(DebianTool.Repository(), "samples", "Snippets", "Program.cs"), ct);
        Assert.Equal(sample.Trim(), CSharp().Match(readme).Groups[1].Value.Trim());

        var folder = Directory.CreateTempSubdirectory("naq-sample-").FullName;
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "Snippets")) { RedirectStandardOutput = true, WorkingDirectory = folder };
        using var program = Process.Start(start)!;
        var output = await program.StandardOutput.ReadToEndAsync(ct);
        await program.WaitForExitAsync(ct);
        Directory.Delete(folder, recursive: true);

        Assert.Equal(0, program.ExitCode);
        Assert.Contains("Hello, world! (attempt 1)", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_block_of_the_guides_is_compiled_with_the_samples()
    {
        var root = DebianTool.Repository();
        var samples = Directory.GetFiles(Path.Combine(root, "samples"), "*.cs", SearchOption.AllDirectories).Select(static file => Flat(File.ReadAllText(file))).ToList();
        var blocks = Directory.GetFiles(Path.Combine(root, "docs"), "*.md")
            .Concat(Directory.GetFiles(Path.Combine(root, "src"), "PACKAGE.md", SearchOption.AllDirectories))
            .SelectMany(static guide => CSharp().Matches(File.ReadAllText(guide)), static (_, block) => Flat(block.Groups[1].Value))
            .ToList();

        Assert.NotEmpty(blocks);
        Assert.All(blocks, block => Assert.Contains(samples, sample => sample.Contains(block, StringComparison.Ordinal)));
    }

    [Fact]
    public void What_is_shown_of_other_libraries_is_what_is_built_and_counted()
    {
        var root = DebianTool.Repository();
        var page = File.ReadAllText(Path.Combine(root, "docs", "compared.md"));
        var programs = Directory.GetFiles(Path.Combine(root, "bench", "compared"), "*.cs", SearchOption.AllDirectories).Select(static file => Flat(File.ReadAllText(file))).ToList();
        var blocks = OthersCSharp().Matches(page).Select(static block => Flat(block.Groups[1].Value)).ToList();
        using var count = Process.Start(new ProcessStartInfo(Path.Combine(root, "bench", "compared", "run"), ["lines"]) { RedirectStandardOutput = true })!;
        var counted = count.StandardOutput.ReadToEnd();

        Assert.Equal(programs.Count, blocks.Count);
        Assert.All(blocks, block => Assert.Contains(programs, program => program.EndsWith(block, StringComparison.Ordinal)));
        Assert.Contains("MassTransit", counted, StringComparison.Ordinal);
        Assert.Contains(counted, page, StringComparison.Ordinal);
    }

    [Fact]
    public void The_table_and_the_chart_of_the_peers_are_whole_and_name_the_same_rows()
    {
        var folder = Path.Combine(DebianTool.Repository(), "docs");
        var table = File.ReadLines(Path.Combine(folder, "peers.md"))
            .SkipWhile(static line => !line.StartsWith("| | stored in |", StringComparison.Ordinal)).TakeWhile(static line => line.StartsWith('|'))
            .Select(static line => line.Split('|')[1..^1].Select(static cell => cell.Trim()).ToArray()).ToList();
        var rows = table.Skip(2).ToList();
        var chart = XDocument.Load(Path.Combine(folder, "peers.svg")).Descendants().Select(static element => element.Value).ToHashSet(StringComparer.Ordinal);

        Assert.Superset(new HashSet<string>(["Naq", "Hangfire", "Sidekiq", "BullMQ", "Celery"], StringComparer.Ordinal), rows.Select(static row => row[0]).ToHashSet(StringComparer.Ordinal));
        Assert.All(rows, row => Assert.Equal(table[0].Length, row.Length));
        Assert.All(rows, row => Assert.Contains($"{row[0]}, {row[1].Replace("`", "", StringComparison.Ordinal)}", chart));
    }

    /// <summary>Without indentation: a guide shows a piece of a class at the margin.</summary>
    private static string Flat(string code) => string.Join('\n', code.Split('\n').Select(static line => line.Trim())).Trim();

    [GeneratedRegex("```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex CSharp();

    [GeneratedRegex("```cs\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex OthersCSharp();
}
