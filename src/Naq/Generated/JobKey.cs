using System.ComponentModel;
using System.Globalization;

namespace Naq.Generated;

/// <summary>Makes the text of a unique key. Called by generated code only; the text itself is a promise, for it decides what is a duplicate.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class JobKey
{
    /// <summary>The same text in every culture and for ever; dates to the tick. Null: empty.</summary>
    public static string Text<T>(T value) => value switch
    {
        null => "",
        DateTime or DateTimeOffset or DateOnly or TimeOnly => ((IFormattable)value).ToString("O", CultureInfo.InvariantCulture),
        IFormattable formattable => formattable.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };

    /// <summary>One key from several, so that no two lists of parts share one.</summary>
    public static string Join(params ReadOnlySpan<string> parts)
    {
        var escaped = new string[parts.Length];
        for (var i = 0; i < parts.Length; i++)
        {
            escaped[i] = parts[i].Replace("\\", "\\\\", StringComparison.Ordinal).Replace("|", "\\|", StringComparison.Ordinal);
        }

        return string.Join('|', escaped);
    }
}
