namespace Naq.Generators.Reading;

/// <summary>The library's rules for names, as far as they can be checked when a program is compiled. A test compares the two.</summary>
internal static class Names
{
    /// <summary><c>^[a-z0-9][a-z0-9_.-]{0,95}$</c>.</summary>
    public static bool IsJobType(string? text) =>
        text is { Length: > 0 and <= 96 } && IsLowerOrDigit(text[0]) && text.All(static c => IsLowerOrDigit(c) || c is '_' or '.' or '-');

    /// <summary><c>^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$</c>.</summary>
    public static bool IsQueue(string? text) =>
        text is { Length: > 0 and <= 64 } && IsLetterOrDigit(text[0]) && text.All(static c => IsLetterOrDigit(c) || c is '_' or '-');

    private static bool IsLowerOrDigit(char c) => c is (>= 'a' and <= 'z') or (>= '0' and <= '9');

    private static bool IsLetterOrDigit(char c) => IsLowerOrDigit(c) || c is >= 'A' and <= 'Z';
}
