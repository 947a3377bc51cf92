using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Naq.Cli.Invoking;
using Naq.Cli.Output;
using Naq.Cli.Shells;

namespace Naq.Cli.Commands.Scaling;

/// <summary><c>scale diff A.json B.json</c>: two results of <c>simulate</c> or <c>scale replay</c> in JSON.</summary>
internal sealed class ScaleDiffCommand : NaqCommand
{
    private static readonly string[] Keys = ["trace", "profile", "policy"];

    private readonly Argument<string> _before = new("A") { Description = "The first result, of naq simulate -o json or naq scale replay -o json." };
    private readonly Argument<string> _after = new("B") { Description = "The second." };

    public ScaleDiffCommand() : base("diff", "Say which figures differ between two results; exit code 1 where any does.")
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
            return [new(row, "", before is null ? "not there" : "there", after is null ? "not there" : "there")];
        }

        return before.Select(static m => m.Key).Union(after.Select(static m => m.Key)).Where(static name => !Keys.Contains(name))
            .Select(name => new DifferenceDocument(row, name, before[name]?.ToJsonString() ?? "", after[name]?.ToJsonString() ?? ""))
            .Where(static d => d.Before != d.After);
    }

    private static Dictionary<string, JsonObject> Read(Invocation run, string file)
    {
        try
        {
            var node = JsonNode.Parse(File.ReadAllText(Path.GetFullPath(file, run.Shell.Directory)));
            var rows = node is JsonObject suite && suite["rows"] is JsonArray inner ? inner : node as JsonArray;
            return rows?.OfType<JsonObject>().ToDictionary(static r => string.Join(' ', Keys.Select(k => $"{r[k]}")))
                ?? throw new NaqConfigurationException($"{file} is not a result: an array of rows, as naq simulate -o json prints it.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException or ArgumentException)
        {
            throw new NaqConfigurationException($"{file} cannot be read: {e.Message}", e);
        }
    }
}
