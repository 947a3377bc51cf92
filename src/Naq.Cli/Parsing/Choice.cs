using System.CommandLine;
using System.CommandLine.Parsing;

namespace Naq.Cli.Parsing;

/// <summary>Options and arguments whose values are the lower-case names of an enum.</summary>
internal static class Choice
{
    public static void Of<T>(Option<T?> option) where T : struct, Enum
    {
        option.CustomParser = Read<T>;
        option.CompletionSources.Clear();
        option.CompletionSources.Add(Names<T>());
    }

    public static Argument<T> Argument<T>(string name, string description) where T : struct, Enum
    {
        var argument = new Argument<T>(name)
        {
            Description = description,
            HelpName = string.Join('|', Names<T>()),
            CustomParser = static result => Read<T>(result) ?? default,
        };
        argument.CompletionSources.Clear();
        argument.CompletionSources.Add(Names<T>());
        return argument;
    }

    /// <summary>The name of a value as it is typed and printed: <c>InFlight</c> is <c>in_flight</c>.</summary>
    public static string NameOf<T>(T value) where T : struct, Enum =>
        System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());

    private static string[] Names<T>() where T : struct, Enum => Array.ConvertAll(Enum.GetValues<T>(), NameOf);

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

        var names = Names<T>();
        result.AddError($"{Opt.NameOf(result)} '{text}' is not one of {string.Join(", ", names)}.{Nearest.DidYouMean(text, names)}");
        return null;
    }
}
