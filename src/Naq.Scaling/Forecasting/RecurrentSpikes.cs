using System.Collections.Immutable;

namespace Naq.Scaling.Forecasting;

/// <summary>A bin ahead that is expected to stand out.</summary>
/// <param name="In">Seconds until it begins; may be slightly negative while it runs.</param>
/// <param name="Jobs">How many.</param>
/// <param name="Seconds">The length of the bin, over which they are spread.</param>
internal readonly record struct Spike(double In, double Jobs, double Seconds)
{
    /// <summary>How many of them have come after a time.</summary>
    public double Arrived(double after) => after <= In ? 0 : Jobs * Math.Min(1, (after - In) / Seconds);
}

/// <summary>Finds bursts that come back: a bin whose images one, two and three hours, and one and two days ago stood out of their own neighbourhood.</summary>
/// <remarks>Comparing with the present level instead fires falsely on every falling evening.</remarks>
internal static class RecurrentSpikes
{
    private const double NeighbourhoodSeconds = 540;
    private const double GapSeconds = 60;
    private const int FewestHits = 3;
    private const double FewestShare = 0.6;

    private static ReadOnlySpan<int> ImageSeconds => [3600, 7200, 10800, 86400, 172800];

    /// <summary>The spikes that begin within the horizon, soonest first.</summary>
    public static ImmutableArray<Spike> Ahead(ArrivalBins history, double epoch, double horizon)
    {
        if (history.IsEmpty)
        {
            return [];
        }

        var now = history.BinAt(epoch);
        var spikes = ImmutableArray.CreateBuilder<Spike>();
        for (var bin = now + 1; bin <= now + 1 + (int)(horizon / history.Seconds); bin++)
        {
            if (Height(history, bin) is > 0 and var jobs)
            {
                spikes.Add(new(history.EpochOf(bin) - epoch, jobs, history.Seconds));
            }
        }

        return spikes.ToImmutable();
    }

    /// <summary>How many jobs a bin's images foretell; 0: they foretell no spike.</summary>
    public static double Height(ArrivalBins history, int bin)
    {
        Span<double> hits = stackalloc double[ImageSeconds.Length];
        var (known, found) = (0, 0);
        var (neighbours, gap) = (Math.Max(1, (int)(NeighbourhoodSeconds / history.Seconds)), (int)Math.Ceiling(GapSeconds / history.Seconds));
        foreach (var seconds in ImageSeconds)
        {
            var image = bin - (int)(seconds / history.Seconds);
            var until = image - gap;
            if (until - neighbours < history.Start || image >= history.End || history[image] is not { } jobs
                || history.Known(until - neighbours, until) is var seen && seen < FewestShare * neighbours)
            {
                continue;
            }

            known++;
            var usual = history.Count(until - neighbours, until) / seen;
            if (jobs > (2.5 * usual) + (3 * Math.Sqrt(usual)) + 2)
            {
                hits[found++] = jobs;
            }
        }

        if (found < FewestHits || found < FewestShare * known)
        {
            return 0;
        }

        hits[..found].Sort();
        return hits[found / 2];
    }
}
