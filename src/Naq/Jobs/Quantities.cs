using System.Buffers;
using System.Globalization;

namespace Naq;

/// <summary>How durations and sizes are written in options and configuration.</summary>
internal static class Quantities
{
    private static readonly SearchValues<char> NumberLetters = SearchValues.Create("0123456789.");

    private static readonly (string Unit, double Seconds)[] DurationUnits = [("ms", 0.001), ("s", 1), ("m", 60), ("h", 3600), ("d", 86_400)];

    private static readonly (string Unit, double Bytes)[] SizeUnits =
    [
        ("KiB", 1024), ("MiB", 1024 * 1024), ("GiB", 1024 * 1024 * 1024), ("TiB", 1024.0 * 1024 * 1024 * 1024),
        ("KB", 1e3), ("MB", 1e6), ("GB", 1e9), ("TB", 1e12), ("B", 1),
    ];

    /// <summary>Reads <c>300</c> (seconds), <c>1.5s</c>, <c>250ms</c>, <c>1h30m</c>, <c>00:05:00</c> or <c>1.00:00:00</c>; never negative.</summary>
    public static bool TryParseDuration(string? text, out TimeSpan duration)
    {
        duration = TimeSpan.Zero;
        if (string.IsNullOrEmpty(text))
        {
            return false;
        }

        if (text.Contains(':', StringComparison.Ordinal))
        {
            return TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out duration) && duration >= TimeSpan.Zero;
        }

        return TrySumUnits(text, out var seconds) && TryFromSeconds(seconds, out duration);
    }

    /// <summary>Reads <c>1000</c> (bytes), <c>2GB</c> = 2·10⁹ or <c>2GiB</c> = 2·2³⁰; never negative.</summary>
    public static bool TryParseSize(string? text, out long bytes)
    {
        bytes = 0;
        if (!TrySplitNumber(text, out var number, out var unit))
        {
            return false;
        }

        var factor = unit.Length == 0 ? 1 : FactorOf(unit, SizeUnits);
        var size = Math.Round(number * factor);
        bytes = size is >= 0 and < long.MaxValue ? (long)size : 0;
        return size is >= 0 and < long.MaxValue;
    }

    /// <summary>Writes a duration shortly, so that it reads back: <c>250ms</c>, <c>5m</c>, <c>1h30m</c>.</summary>
    public static string Format(TimeSpan duration)
    {
        if (duration < TimeSpan.FromSeconds(1))
        {
            return string.Create(CultureInfo.InvariantCulture, $"{duration.TotalMilliseconds:0.###}ms");
        }

        var seconds = duration - new TimeSpan((int)duration.TotalDays, duration.Hours, duration.Minutes, 0);
        return string.Concat(
            Part((int)duration.TotalDays, "d"), Part(duration.Hours, "h"), Part(duration.Minutes, "m"), Part(seconds.TotalSeconds, "s"));
    }

    private static string Part(double value, string unit) =>
        value > 0 ? value.ToString("0.###", CultureInfo.InvariantCulture) + unit : "";

    private static bool TrySumUnits(string text, out double seconds)
    {
        seconds = 0;
        for (var rest = text; rest.Length > 0;)
        {
            if (!TrySplitNumber(rest, out var number, out var tail))
            {
                return false;
            }

            var length = tail.AsSpan().IndexOfAnyInRange('0', '9') is var end and >= 0 ? end : tail.Length;
            var isBare = tail.Length == 0 && rest == text;
            seconds += number * (isBare ? 1 : FactorOf(tail[..length].TrimEnd(), DurationUnits));
            rest = tail[length..];
        }

        return true;
    }

    private static bool TrySplitNumber(string? text, out double number, out string unit)
    {
        var length = text.AsSpan().IndexOfAnyExcept(NumberLetters) is var end and >= 0 ? end : text?.Length ?? 0;
        unit = text?[length..].Trim() ?? "";
        return double.TryParse(text.AsSpan(0, length), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out number);
    }

    /// <returns>NaN for an unknown unit, which no bound lets through.</returns>
    private static double FactorOf(string unit, (string Unit, double Factor)[] units)
    {
        foreach (var (name, factor) in units)
        {
            if (name.Equals(unit, StringComparison.OrdinalIgnoreCase))
            {
                return factor;
            }
        }

        return double.NaN;
    }

    private static bool TryFromSeconds(double seconds, out TimeSpan duration)
    {
        var fits = seconds >= 0 && seconds <= TimeSpan.MaxValue.TotalSeconds / 2;
        duration = fits ? TimeSpan.FromSeconds(seconds) : TimeSpan.Zero;
        return fits;
    }
}
