namespace Naq.Cli.BuiltIns;

/// <summary>The bounds that built-in payloads share.</summary>
internal static class Bounds
{
    private const int DayMs = 86_400_000;

    public static string? OfMs(int ms) => ms is >= 0 and <= DayMs ? null : $"ms {ms} is not within 0 and {DayMs}";
}
