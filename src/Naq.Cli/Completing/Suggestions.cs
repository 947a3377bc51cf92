using System.CommandLine;
using System.Globalization;
using Naq.Cli.Invoking;

namespace Naq.Cli.Completing;

/// <summary>Answers a shell that asks what could stand at the cursor, by the protocol of dotnet-suggest: <c>naq "[suggest:POSITION]" "LINE"</c>.</summary>
internal static class Suggestions
{
    private const string Opening = "[suggest:";

    /// <summary>Whether the arguments are such a question.</summary>
    public static bool AreAsked(IReadOnlyList<string> args) =>
        args is [var directive, _] && directive.StartsWith(Opening, StringComparison.Ordinal) && directive.EndsWith(']');

    /// <summary>What could stand at the cursor, one word each; options only where a dash was typed.</summary>
    public static IEnumerable<string> Of(CommandRoot root, ParserConfiguration parser, IReadOnlyList<string> args)
    {
        var (line, typed) = BeforeCursor(args);
        var nameLength = line.IndexOf(' ', StringComparison.Ordinal);
        if (nameLength < 0)
        {
            return [];
        }

        // However the program was called: as an alias, by its path.
        line = root.Name + line[nameLength..];
        return root.Parse(line, parser).GetCompletions(line.Length)
            .Select(static item => item.InsertText ?? item.Label)
            .Where(word => word.StartsWith(typed, StringComparison.Ordinal) && IsWanted(word, typed))
            .Distinct();
    }

    private static (string Line, string Typed) BeforeCursor(IReadOnlyList<string> args)
    {
        var (position, line) = (args[0][Opening.Length..^1], args[1]);
        var before = int.TryParse(position, NumberStyles.None, CultureInfo.InvariantCulture, out var cursor) && cursor < line.Length ? line[..cursor] : line;
        return (before, before[(before.LastIndexOf(' ') + 1)..]);
    }

    private static bool IsWanted(string word, string typed) => typed.StartsWith('-') || word is not ['-' or '/', ..];
}
