using System.Collections.Immutable;

namespace Naq.Scaling.Policies.Latency;

/// <summary>The counter of arrivals at a time: all of them, and those that no spike had foretold.</summary>
internal readonly record struct ArrivalSample(double At, double Total, double Usual);

/// <summary>Samples of a counter of arrivals, oldest first: the rate now, and who has waited since when.</summary>
internal static class ArrivalRate
{
    private const int MostSamples = 256;

    /// <summary>Width of the band that a window's count allows, in standard deviations of a Poisson count.</summary>
    private const double Confidence = 2;

    /// <summary>Adds a sample, of whose jobs so many had been foretold, and forgets what lies beyond <paramref name="window"/>.</summary>
    public static ImmutableArray<ArrivalSample> Add(ImmutableArray<ArrivalSample> samples, double at, double total, double foretold, double window)
    {
        if (samples.IsEmpty)
        {
            return [new(at, total, total)];
        }

        if (at <= samples[^1].At)
        {
            return samples;
        }

        if (total < samples[^1].Total)
        {
            samples = Rebase(samples, samples[^1].Total - total); // a counter that began anew: the rate goes on
        }

        // Looks in quick succession replace the last one, so that the window is always covered.
        var isCrowded = samples.Length > 1 && at - samples[^2].At < window / MostSamples;
        var kept = isCrowded ? samples.Length - 1 : samples.Length;
        var first = 0;
        while (first + 1 < kept && samples[first + 1].At <= at - window)
        {
            first++;
        }

        var next = ImmutableArray.CreateBuilder<ArrivalSample>(kept - first + 1);
        next.AddRange(samples.AsSpan(first, kept - first));
        next.Add(new(at, total, samples[^1].Usual + Math.Max(0, total - samples[^1].Total - foretold)));
        return next.MoveToImmutable();
    }

    /// <summary>
    /// Jobs per second at the last sample: the mean of the whole window, clipped into what every shorter one (2, 4, 8 … intervals) allows.
    /// So a steady load is averaged long, and a step is believed as soon as chance does not explain it.
    /// </summary>
    public static double Estimate(ImmutableArray<ArrivalSample> samples, double window, double interval)
    {
        var last = samples[^1];
        if (Since(samples, window) is not { Seconds: > 0 } all)
        {
            return 0;
        }

        var (least, most) = (0.0, double.MaxValue);
        for (var length = 2 * interval; length < window; length *= 2)
        {
            var (count, seconds) = Since(samples, length);
            if (seconds > 0)
            {
                var spread = Confidence * Math.Sqrt(count + 1);
                least = Math.Max(least, (count - spread) / seconds);
                most = Math.Min(most, (count + spread + Confidence) / seconds);
            }
        }

        return Math.Max(least, Math.Min(all.Count / all.Seconds, Math.Max(most, least)));
    }

    /// <summary>Of the newest <paramref name="backlog"/> arrivals: how many came before <paramref name="time"/>, which may be between samples.</summary>
    public static double OfBacklogBefore(ImmutableArray<ArrivalSample> samples, double backlog, double time)
    {
        var last = samples[^1];
        if (time >= last.At)
        {
            return backlog;
        }

        var next = IndexAfter(samples, time);
        if (next == 0)
        {
            return 0;
        }

        var (a, b) = (samples[next - 1], samples[next]);
        var arrived = a.Total + ((b.Total - a.Total) * (time - a.At) / (b.At - a.At));
        return Math.Clamp(arrived - (last.Total - backlog), 0, backlog);
    }

    private static ImmutableArray<ArrivalSample> Rebase(ImmutableArray<ArrivalSample> samples, double by) =>
        [.. samples.Select(s => s with { Total = s.Total - by, Usual = s.Usual - by })];

    private static (double Count, double Seconds) Since(ImmutableArray<ArrivalSample> samples, double window)
    {
        var last = samples[^1];
        var start = samples[Math.Min(IndexAfter(samples, last.At - window - 2e-6), samples.Length - 1)];
        return (last.Usual - start.Usual, last.At - start.At);
    }

    /// <summary>The index of the first sample later than a time.</summary>
    private static int IndexAfter(ImmutableArray<ArrivalSample> samples, double time)
    {
        var (low, high) = (0, samples.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = samples[middle].At <= time ? (middle + 1, high) : (low, middle);
        }

        return low;
    }
}
