using System.Globalization;
using System.Text;

namespace Naq;

/// <summary>Makes foreign text safe for a terminal or a log line: control, format and bidirectional characters are escaped.</summary>
public static class Printable
{
    /// <summary>Returns <paramref name="text"/> with every control character shown as <c>\xNN</c> or <c>\uNNNN</c>; null becomes empty.</summary>
    public static string Escape(string? text)
    {
        if (text is null)
        {
            return "";
        }

        var first = text.AsSpan().IndexOfAnyExceptInRange(' ', '~');
        if (first < 0)
        {
            return text;
        }

        var safe = new StringBuilder(text.Length + 16);
        foreach (var rune in text.EnumerateRunes())
        {
            var isHidden = Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format
                or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.Surrogate;
            _ = isHidden
                ? safe.Append(rune.Value < 256 ? $"\\x{rune.Value:x2}" : $"\\u{rune.Value:x4}")
                : safe.Append(rune.ToString());
        }

        return safe.ToString();
    }
}
