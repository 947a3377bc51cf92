namespace Naq.Configuration;

/// <summary>Finds the name that somebody most likely meant.</summary>
internal static class Spelling
{
    /// <summary>The known name nearest to <paramref name="text"/> by edit distance, whatever its case; null: none is near.</summary>
    public static string? Nearest(string text, IEnumerable<string> known)
    {
        var (best, least) = ((string?)null, Math.Max(2, text.Length / 3) + 1);
        foreach (var name in known)
        {
            var distance = Distance(text.ToUpperInvariant(), name.ToUpperInvariant());
            (best, least) = distance < least ? (name, distance) : (best, least);
        }

        return best;
    }

    /// <summary>Levenshtein's distance, one row at a time.</summary>
    private static int Distance(string a, string b)
    {
        var row = new int[b.Length + 1];
        for (var j = 0; j <= b.Length; j++)
        {
            row[j] = j;
        }

        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[b.Length];
    }
}
