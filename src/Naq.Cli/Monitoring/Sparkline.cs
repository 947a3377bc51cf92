namespace Naq.Cli.Monitoring;

/// <summary>Numbers as a line of small bars.</summary>
internal static class Sparkline
{
    private const string Bars = "▁▂▃▄▅▆▇█";

    /// <summary>One character a sample, the highest as high as can be; a space where a sample is not a number.</summary>
    public static string Of(ReadOnlySpan<double> samples)
    {
        var most = 0.0;
        foreach (var sample in samples)
        {
            most = double.IsFinite(sample) ? Math.Max(most, sample) : most;
        }

        Span<char> line = new char[samples.Length];
        for (var i = 0; i < line.Length; i++)
        {
            line[i] = Bar(samples[i], most);
        }

        return new(line);
    }

    // Whatever is above 0 is seen to be.
    private static char Bar(double sample, double most) =>
        !double.IsFinite(sample) ? ' ' : sample <= 0 ? Bars[0] : Bars[Math.Clamp((int)Math.Ceiling(sample / most * (Bars.Length - 1)), 1, Bars.Length - 1)];
}
