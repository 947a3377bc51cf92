using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Naq.Cli.Invoking;
using Naq.Cli.Output;
using Naq.Cli.Shells;

namespace Naq.Cli.Commands.Scaling;

/// <summary><c>scale diff A B</c>: two results of <c>simulate</c> or <c>scale replay</c> in JSON, or two recordings.</summary>
internal sealed class ScaleDiffCommand : NaqCommand
{
    private static readonly string[] Keys = ["trace", "profile", "policy"];

    private readonly Argument<string> _before = new("A") { Description = "The first result, of naq simulate -o json or naq scale replay -o json; or a recording of naq autoscale decide --record." };
    private readonly Argument<string> _after = new("B") { Description = "The second, of the same kind." };

    public ScaleDiffCommand() : base("diff", "Say which figures differ between two results or recordings, and by how much; exit code 1 where any does.")
    {
        Add(_before);
        Add(_after);
    }

    protected override async Task<int> RunAsync(Invocation run, CancellationToken ct)
    {
        var (before, after) = (Read(run, run.Get(_before)), Read(run, run.Get(_after)));
        var differences = before.Keys.Union(after.Keys).Order(StringComparer.Ordinal)
            .SelectMany(row => Differ(row, before.GetValueOrDefault(row), after.GetValueOrDefault(row))).ToList();
        await run.Output.ManyAsync(DifferenceDocument.View, differences, ct).ConfigureAwait(false);
        return differences.Count == 0 ? ExitCodes.Ok : ExitCodes.Failed;
    }

    private static IEnumerable<DifferenceDocument> Differ(string row, JsonObject? before, JsonObject? after)
    {
        if (before is null || after is null)
        {
            return [DifferenceDocument.Of(row, "", before is null ? "not there" : "there", after is null ? "not there" : "there")];
        }

        return before.Select(static m => m.Key).Union(after.Select(static m => m.Key)).Where(static name => !Keys.Contains(name))
            .Select(name => DifferenceDocument.Of(row, name, before[name]?.ToJsonString() ?? "", after[name]?.ToJsonString() ?? ""))
            .Where(static d => d.Before != d.After);
    }

    private static Dictionary<string, JsonObject> Read(Invocation run, string file)
    {
        var path = Path.GetFullPath(file, run.Shell.Directory);
        if (RecordedLines.IsRecording(path))
        {
            return new() { ["recording"] = Figures(RecordedLines.Read(path, file).Lines) };
        }

        try
        {
            var node = JsonNode.Parse(File.ReadAllText(path));
            var rows = node is JsonObject suite && suite["rows"] is JsonArray inner ? inner : node as JsonArray;
            return rows?.OfType<JsonObject>().ToDictionary(static r => string.Join(' ', Keys.Select(k => $"{r[k]}")))
                ?? throw new NaqConfigurationException($"{file} is not a result: an array of rows, as naq simulate -o json prints it.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException or ArgumentException)
        {
            throw new NaqConfigurationException($"{file} cannot be read: {e.Message}", e);
        }
    }

    /// <summary>What the answers of a recording come to, and each of them by its time.</summary>
    private static JsonObject Figures(IReadOnlyList<RecordedLine> lines)
    {
        var answers = lines.Where(static line => line.Desired is not null).Select(static line => (line.Observation?.T, line.Desired)).ToList();
        var figures = new JsonObject
        {
            ["decisions"] = answers.Count,
            ["mean_desired"] = Math.Round(answers.Average(static a => a.Desired) ?? 0, 3),
            ["most_desired"] = answers.Max(static a => a.Desired),
            ["actions"] = answers.Zip(answers.Skip(1)).Count(static pair => pair.First.Desired != pair.Second.Desired),
        };
        foreach (var (at, desired) in answers)
        {
            figures[FormattableString.Invariant($"desired at {at}")] = desired;
        }

        return figures;
    }
}
