using System.Globalization;

namespace Naq.Cli.Demo;

/// <summary>Counts of arrivals in bins of equal length.</summary>
/// <param name="BinSeconds">The length of a bin.</param>
/// <param name="Counts">Arrivals in each bin.</param>
internal sealed record Trace(double BinSeconds, IReadOnlyList<int> Counts)
{
    /// <summary>The World Cup match day that comes with <c>naq</c>.</summary>
    public static Trace WorldCup()
    {
        using var stream = typeof(Trace).Assembly.GetManifestResourceStream("wc98_opening.csv")!; // embedded by the project file
        using var reader = new StreamReader(stream);
        return Parse(reader.ReadToEnd().Split('\n'), "the embedded trace");
    }

    /// <summary>Reads <c>t_seconds,arrivals</c> lines; lines that begin with <c>#</c> and the heading are skipped.</summary>
    /// <exception cref="NaqConfigurationException">The file is not such a trace.</exception>
    public static Trace Read(string path)
    {
        try
        {
            return Parse(File.ReadLines(path), path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new NaqConfigurationException($"The trace '{path}' cannot be read: {error.Message}", error);
        }
    }

    /// <summary>When each job arrives, in seconds from the start, <paramref name="speed"/> times as fast; spread at random inside its bin.</summary>
    /// <param name="speed">How much faster than the trace.</param>
    /// <param name="duration">Nothing later than this; null: all of it.</param>
    /// <param name="random">Seeded by the caller.</param>
    public double[] Arrivals(double speed, TimeSpan? duration, Random random)
    {
        var last = duration?.TotalSeconds ?? double.PositiveInfinity;
        var arrivals = new List<double>();
        for (var bin = 0; bin < Counts.Count; bin++)
        {
            for (var n = 0; n < Counts[bin]; n++)
            {
                arrivals.Add((bin + random.NextDouble()) * BinSeconds / speed);
            }
        }

        return [.. arrivals.Where(at => at < last).Order()];
    }

    private static Trace Parse(IEnumerable<string> lines, string name)
    {
        var (times, counts) = (new List<double>(), new List<int>());
        foreach (var line in lines)
        {
            if (line.Length == 0 || line[0] == '#' || line.StartsWith("t_seconds", StringComparison.Ordinal))
            {
                continue;
            }

            if (line.Split(',') is not [var time, var count]
                || !double.TryParse(time, CultureInfo.InvariantCulture, out var at)
                || !int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out var arrivals))
            {
                throw new NaqConfigurationException($"{name}: '{line}' is not a line of a trace: t_seconds,arrivals.");
            }

            times.Add(at);
            counts.Add(arrivals);
        }

        var bin = times.Count > 1 ? times[1] - times[0] : 0;
        return bin > 0 ? new(bin, counts) : throw new NaqConfigurationException($"{name}: a trace has at least two lines, in order of time.");
    }
}
