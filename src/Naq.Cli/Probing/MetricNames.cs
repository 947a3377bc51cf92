using System.Globalization;
using System.Text;

namespace Naq.Cli.Probing;

/// <summary>The rules of Prometheus' text format (version 0.0.4), and how OpenTelemetry's names become its.</summary>
internal static class MetricNames
{
    /// <summary><c>naq.job.duration</c> in <c>s</c> → <c>naq_job_duration_seconds</c>; a counter ends with <c>_total</c>. A unit in braces is a note and left out.</summary>
    public static string Of(string name, string? unit, bool isCounter)
    {
        var suffix = unit switch
        {
            null or "" or ['{', ..] => "",
            "s" => "_seconds",
            "By" => "_bytes",
            _ => "_" + Clean(unit),
        };
        return Clean(name) + suffix + (isCounter ? "_total" : "");
    }

    /// <summary>Letters, digits and <c>_</c>, the first no digit.</summary>
    public static string Clean(string name)
    {
        var clean = new StringBuilder(name.Length + 1);
        foreach (var c in name)
        {
            _ = clean.Append(char.IsAsciiLetterOrDigit(c) || c == '_' ? c : '_');
        }

        return clean.Length > 0 && char.IsAsciiDigit(clean[0]) ? clean.Insert(0, '_').ToString() : clean.ToString();
    }

    public static string EscapeHelp(string text) => text.Replace("\\", @"\\", StringComparison.Ordinal).Replace("\n", @"\n", StringComparison.Ordinal);

    public static string EscapeValue(string text) => EscapeHelp(text).Replace("\"", "\\\"", StringComparison.Ordinal);

    public static string Number(double value) =>
        double.IsNaN(value) ? "NaN"
        : double.IsPositiveInfinity(value) ? "+Inf"
        : double.IsNegativeInfinity(value) ? "-Inf"
        : value.ToString("R", CultureInfo.InvariantCulture);
}
