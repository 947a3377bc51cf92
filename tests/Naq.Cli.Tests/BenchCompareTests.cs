using System.Text.Json;

namespace Naq.Cli.Tests;

/// <summary><c>naq bench --compare</c>: each figure beside that of an earlier run.</summary>
public sealed class BenchCompareTests : IDisposable
{
    private const string Earlier = "earlier.json";

    private readonly Terminal _terminal = new();

    /// <summary>Each of the three raw figures is measured at each.</summary>
    private static readonly int Durabilities = Enum.GetValues<Naq.Sqlite.Durability>().Length;

    [Fact]
    public async Task A_figure_is_printed_beside_the_earlier_one()
    {
        await MeasureAsync();
        Edit(static text => text.Replace("\"figure\":\"raw_drain\"", "\"figure\":\"unheard_of\"", StringComparison.Ordinal));

        using var document = JsonDocument.Parse((await BenchAsync("--compare", Earlier, "-o", "json")).Out);

        var figures = document.RootElement.GetProperty("figures").EnumerateArray().ToLookup(static figure => figure.GetProperty("figure").GetString());
        Assert.All(figures["raw_cycle"], static figure =>
        {
            var (now, before) = (figure.GetProperty("median").GetDouble(), figure.GetProperty("before").GetDouble());
            Assert.Equal(now / before, figure.GetProperty("before_ratio").GetDouble(), 9);
            Assert.Equal(now == before, figure.GetProperty("overlaps").GetBoolean()); // of one run each, the ranges are points
        });
        Assert.All(figures["raw_drain"], static figure => Assert.Equal(JsonValueKind.Null, figure.GetProperty("before").ValueKind));
        Assert.Equal(Durabilities, figures["raw_drain"].Count());
        var earlier = document.RootElement.GetProperty("earlier");
        Assert.Equal(Earlier, earlier.GetProperty("file").GetString());
        Assert.Equal(0, earlier.GetProperty("differs").GetArrayLength());
    }

    [Fact]
    public async Task Ranges_that_touch_overlap()
    {
        await MeasureAsync();
        Edit(static text => System.Text.RegularExpressions.Regex.Replace(text, "\"min\":[^,]*,\"max\":[^,]*", "\"min\":0,\"max\":1e12"));

        var said = await BenchAsync("--compare", Earlier);

        Assert.Equal("compared with earlier.json: the same machine", said.OutLines[1]);
        Assert.Equal(3 * Durabilities, said.OutLines.Count(static line => line.TrimEnd().EndsWith(" overlap", StringComparison.Ordinal) && line.Contains('%', StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Another_machine_is_named()
    {
        await MeasureAsync();
        Edit(static text => text.Replace("\"jobs\":20,", "\"jobs\":21,", StringComparison.Ordinal).Replace("\"cores\":", "\"cores\":9", StringComparison.Ordinal));

        var table = await BenchAsync("--compare", Earlier);
        var lines = await BenchAsync("--compare", Earlier, "-o", "ndjson");

        Assert.StartsWith("compared with earlier.json, which differs in cores, jobs: 1 runs of 21 jobs on 9", table.OutLines[1], StringComparison.Ordinal);
        Assert.Contains("\"differs\":[\"cores\",\"jobs\"]", lines.OutLines[1], StringComparison.Ordinal);
        Assert.Equal(2 + (3 * Durabilities), lines.OutLines.Length);
    }

    [Fact]
    public async Task A_result_of_before_there_was_anything_to_compare_is_taken()
    {
        await MeasureAsync();
        Edit(static text => text.Replace("\"plain\":null,\"plain_ratio\":null,", "", StringComparison.Ordinal)
            .Replace(",\"before\":null,\"before_ratio\":null,\"overlaps\":null", "", StringComparison.Ordinal)
            .Replace("\"earlier\":null,", "", StringComparison.Ordinal));

        var said = await BenchAsync("--compare", Earlier);

        Assert.True(said.Code == 0, said.Error);
    }

    [Theory]
    [InlineData(null, "cannot be read")]
    [InlineData("", "is no result of naq bench -o json")]
    [InlineData("jobs_per_second", "is no result of naq bench -o json")]
    [InlineData("null", "is no result of naq bench -o json")]
    [InlineData("{}", "is no result of naq bench -o json")]
    [InlineData("""{"machine":null,"jobs":1,"runs":1,"figures":[]}""", "is no result of naq bench -o json")]
    [InlineData("""{"machine":{"cores":2,"cpu":"","os":"","dotnet":"","file_system":null,"fsync_p50_ms":null,"load_average":null},"jobs":1,"runs":1,"figures":[null]}""", "is no result of naq bench -o json")]
    public async Task A_bad_file_is_one_line_before_anything_is_measured(string? text, string said)
    {
        if (text is not null)
        {
            await File.WriteAllTextAsync(Path.Combine(_terminal.Folder, Earlier), text, TestContext.Current.CancellationToken);
        }

        var answer = await BenchAsync("--compare", Earlier);

        Assert.Equal(2, answer.Code);
        Assert.Contains(said, Assert.Single(answer.ErrorLines), StringComparison.Ordinal);
        Assert.Empty(answer.Out);
    }

    public void Dispose() => _terminal.Dispose();

    private Task<Said> BenchAsync(params string[] more) => _terminal.RunAsync(["bench", "--scenario", "raw", "--jobs", "20", "--runs", "1", .. more]);

    private async Task MeasureAsync()
    {
        var said = await BenchAsync("-o", "json");
        Assert.True(said.Code == 0, said.Error);
        await File.WriteAllTextAsync(Path.Combine(_terminal.Folder, Earlier), said.Out, TestContext.Current.CancellationToken);
    }

    private void Edit(Func<string, string> change)
    {
        var path = Path.Combine(_terminal.Folder, Earlier);
        var before = File.ReadAllText(path);
        File.WriteAllText(path, change(before));
        Assert.NotEqual(before, File.ReadAllText(path));
    }
}
