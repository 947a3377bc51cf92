using System.Text;
using System.Text.Json;

namespace Naq.Cli.Tests.Brokers;

/// <summary>The shape of JSON: names and kinds of members, without values. All items of an array make one shape together.</summary>
internal static class Shape
{
    private const string Nothing = "null";

    /// <summary>Whether two lines of shapes are alike. A null says nothing of a kind, so it stands beside any.</summary>
    public static bool IsAlike(string one, string other) =>
        one == other || (Path(one) == Path(other) && (one.EndsWith($" {Nothing}", StringComparison.Ordinal) || other.EndsWith($" {Nothing}", StringComparison.Ordinal)));

    /// <summary>One line a path, sorted: <c>[].queue string</c>.</summary>
    public static string Of(string output)
    {
        var kinds = new SortedDictionary<string, SortedSet<string>>(StringComparer.Ordinal);
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(output), new JsonReaderOptions { AllowMultipleValues = true });
        while (reader.Read())
        {
            using var document = JsonDocument.ParseValue(ref reader);
            Add(kinds, "", document.RootElement);
        }

        return string.Concat(kinds.Select(static path => $"{path.Key} {string.Join('|', path.Value.Count > 1 ? path.Value.Where(static kind => kind != Nothing) : path.Value)}\n"));
    }

    private static string Path(string line) => line[..(line.LastIndexOf(' ') + 1)];

    private static void Add(SortedDictionary<string, SortedSet<string>> kinds, string path, JsonElement element)
    {
        var at = path.Length == 0 ? "." : path;
        if (!kinds.TryGetValue(at, out var seen))
        {
            kinds[at] = seen = new(StringComparer.Ordinal);
        }

        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                _ = seen.Add("object");
                foreach (var member in element.EnumerateObject())
                {
                    Add(kinds, $"{path}.{member.Name}", member.Value);
                }

                break;
            case JsonValueKind.Array:
                _ = seen.Add("array");
                foreach (var item in element.EnumerateArray())
                {
                    Add(kinds, path + "[]", item);
                }

                break;
            case JsonValueKind.True or JsonValueKind.False:
                _ = seen.Add("boolean");
                break;
            case JsonValueKind.Undefined or JsonValueKind.String or JsonValueKind.Number or JsonValueKind.Null:
                _ = seen.Add(element.ValueKind.ToString().ToLowerInvariant());
                break;
        }
    }
}
