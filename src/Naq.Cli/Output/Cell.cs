using System.Globalization;

namespace Naq.Cli.Output;

/// <summary>Makes columns, and writes values as people read them.</summary>
internal static class Cell
{
    public static Column<T> Text<T>(string title, Func<T, string?> text) => new(title, text);

    public static Column<T> Number<T>(string title, Func<T, long?> number) =>
        new(title, item => number(item)?.ToString(CultureInfo.InvariantCulture)) { IsNumber = true };

    public static Column<T> Decimal<T>(string title, Func<T, double?> number) =>
        new(title, item => number(item)?.ToString("0.###", CultureInfo.InvariantCulture)) { IsNumber = true };

    public static Column<T> Seconds<T>(string title, Func<T, double?> seconds) =>
        new(title, item => seconds(item) is { } s ? Duration(s) : null) { IsNumber = true };

    public static Column<T> Bytes<T>(string title, Func<T, long?> bytes) =>
        new(title, item => bytes(item) is { } b ? string.Create(CultureInfo.InvariantCulture, $"{b / 1e6:0} MB") : null) { IsNumber = true };

    public static Column<T> Time<T>(string title, Func<T, DateTimeOffset?> time) =>
        new(title, item => time(item)?.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture));

    public static string Duration(double seconds) => seconds switch
    {
        < 1 => string.Create(CultureInfo.InvariantCulture, $"{seconds * 1000:0} ms"),
        < 120 => string.Create(CultureInfo.InvariantCulture, $"{seconds:0.0} s"),
        < 7200 => string.Create(CultureInfo.InvariantCulture, $"{seconds / 60:0} min"),
        < 172_800 => string.Create(CultureInfo.InvariantCulture, $"{seconds / 3600:0.0} h"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{seconds / 86400:0.0} d"),
    };
}
