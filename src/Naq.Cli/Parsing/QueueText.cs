using System.CommandLine.Parsing;

namespace Naq.Cli.Parsing;

/// <summary>Reads the name of a queue, or a pattern of names.</summary>
internal static class QueueText
{
    /// <summary>The text; one that is neither is an error of <paramref name="result"/>.</summary>
    public static string Read(ArgumentResult result, string text)
    {
        if (!Names.IsName(text) && !Names.IsPattern(text))
        {
            result.AddError($"queue '{text}' is not valid: use 1 to 64 letters, digits, '_' or '-', the first a letter or digit; a pattern ends with '*'.");
        }

        return text;
    }
}
