using System.CommandLine;
using System.CommandLine.Parsing;

namespace Naq.Cli.Parsing;

/// <summary>Options whose values are the lower-case names of an enum.</summary>
internal static class Choice
{
    public static void Of<T>(Option<T?> option) where T : struct, Enum => option.CustomParser = Read<T>;

    /// <summary>The name of a value as it is typed and printed: <c>InFlight</c> is <c>in_flight</c>.</summary>
    public static string NameOf<T>(T value) where T : struct, Enum =>
        System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());

    private static T? Read<T>(ArgumentResult result) where T : struct, Enum
    {
        var text = result.Tokens[0].Value;
        foreach (var value in Enum.GetValues<T>())
        {
            if (NameOf(value) == text)
            {
                return value;
            }
        }

        var names = Array.ConvertAll(Enum.GetValues<T>(), NameOf);
        result.AddError($"{Opt.NameOf(result)} '{text}' is not one of {string.Join(", ", names)}.{Nearest.DidYouMean(text, names)}");
        return null;
    }
}
