using System.Buffers;

namespace Naq.Cli.Shells;

/// <summary>Words that somebody may paste into a POSIX shell, quoted where it would read them otherwise.</summary>
internal static class Pasteable
{
    private static readonly SearchValues<char> Plain = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_@%+=:,./-");

    /// <summary>One word: as it is, or in single quotes.</summary>
    public static string Word(string text) => text.Length > 0 && !text.AsSpan().ContainsAnyExcept(Plain)
        ? text
        : $"'{text.Replace("'", """'\''""", StringComparison.Ordinal)}'";

    /// <summary>A whole command line.</summary>
    public static string Line(params IEnumerable<string> words) => string.Join(' ', words.Select(Word));
}
