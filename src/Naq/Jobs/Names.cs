namespace Naq;

/// <summary>The only rules for names: brokers, command line, configuration and HTTP all ask here.</summary>
/// <remarks>Queue, worker, pool, region and tenant names: <c>^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$</c>. Job types: <c>^[a-z0-9][a-z0-9_.-]{0,95}$</c>.</remarks>
public static class Names
{
    /// <summary>Says whether <paramref name="text"/> may name a queue, worker, pool, region or tenant.</summary>
    public static bool IsName(string? text) =>
        text is { Length: > 0 and <= 64 } && char.IsAsciiLetterOrDigit(text[0]) && AreNameLetters(text);

    /// <summary>Says whether <paramref name="text"/> is a name with one final <c>*</c>, or <c>*</c> alone: what a worker may serve.</summary>
    public static bool IsPattern(string? text) =>
        text is "*" || (text is { Length: > 1 } && text[^1] == '*' && IsName(text[..^1]));

    /// <summary>Says whether <paramref name="text"/> may name a job type.</summary>
    public static bool IsJobType(string? text) =>
        text is { Length: > 0 and <= 96 } && text[0] is (>= 'a' and <= 'z') or (>= '0' and <= '9') && AreTypeLetters(text);

    /// <summary>Says whether a queue named <paramref name="queue"/> is served by <paramref name="nameOrPattern"/>.</summary>
    public static bool Matches(string nameOrPattern, string queue) =>
        nameOrPattern is [.. var prefix, '*'] ? queue.StartsWith(prefix, StringComparison.Ordinal) : nameOrPattern == queue;

    /// <summary>Returns <paramref name="text"/> if it is a name.</summary>
    /// <param name="kind">What is named, for the message: <c>queue</c>, <c>worker</c>, <c>pool</c> …</param>
    /// <param name="text">The name to check.</param>
    /// <exception cref="NaqConfigurationException">It is not.</exception>
    public static string RequireName(string kind, string? text) => IsName(text)
        ? text!
        : throw new NaqConfigurationException(
            $"{kind} name '{Printable.Escape(text)}' is not valid: use 1 to 64 letters, digits, '_' or '-', the first a letter or digit.");

    /// <summary>Returns <paramref name="text"/> if it is a job type.</summary>
    /// <exception cref="NaqConfigurationException">It is not.</exception>
    public static string RequireJobType(string? text) => IsJobType(text)
        ? text!
        : throw new NaqConfigurationException(
            $"job type '{Printable.Escape(text)}' is not valid: use 1 to 96 of a-z, 0-9, '_', '.' or '-', the first a letter or digit.");

    // Letter by letter: to make a set to search with (SearchValues) takes each start of a program some milliseconds, and names are short.
    private static bool AreNameLetters(string text)
    {
        foreach (var letter in text)
        {
            if (!char.IsAsciiLetterOrDigit(letter) && letter is not ('_' or '-'))
            {
                return false;
            }
        }

        return true;
    }

    private static bool AreTypeLetters(string text)
    {
        foreach (var letter in text)
        {
            if (!char.IsAsciiLetterLower(letter) && !char.IsAsciiDigit(letter) && letter is not ('_' or '.' or '-'))
            {
                return false;
            }
        }

        return true;
    }
}
