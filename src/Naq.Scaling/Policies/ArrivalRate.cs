using System.Collections.Immutable;

namespace Naq.Scaling.Policies;

/// <summary>The counter of arrivals at a time.</summary>
internal readonly record struct ArrivalSample(double At, long Total);

/// <summary>Jobs per second, from samples of a counter: the mean of a long window, bent where shorter ones contradict it.</summary>
/// <remarks>
/// A window of w seconds with N arrivals says, with about two standard deviations of a Poisson count, that the rate lies within
/// (N ± 2√(N + 1)) / w. The mean of the longest window is clipped into every such band, so that a steady load is averaged long and a
/// step is believed as soon as chance does not explain it.
/// </remarks>
internal static class ArrivalRate
{
    private const int MostSamples = 64;

    /// <summary>Adds a sample and forgets what lies beyond <paramref name="window"/>. A counter that fell starts anew.</summary>
    public static ImmutableArray<ArrivalSample> Add(ImmutableArray<ArrivalSample> samples, double at, long total, double window)
    {
        if (samples.IsEmpty || total < samples[^1].Total)
        {
            return [new(at, total)];
        }

        if (at <= samples[^1].At)
        {
            return samples;
        }

        // Looks in quick succession replace the last one, so that the window is always covered.
        var isCrowded = samples.Length > 1 && at - samples[^2].At < window / MostSamples;
        var kept = isCrowded ? samples.RemoveAt(samples.Length - 1) : samples;
        var first = 0;
        while (first + 1 < kept.Length && kept[first + 1].At <= at - window)
        {
            first++;
        }

        return kept.RemoveRange(0, first).Add(new(at, total));
    }

    /// <summary>The rate at the last sample; 0 while there is only one.</summary>
    public static double Estimate(ImmutableArray<ArrivalSample> samples)
    {
        if (samples.Length < 2)
        {
            return 0;
        }

        var (last, rate) = (samples[^1], MeanSince(samples[0], samples[^1]));
        var (least, most) = (0.0, double.MaxValue);
        for (var ago = 2; ago <= samples.Length; ago *= 2)
        {
            var start = samples[^ago];
            var (count, seconds) = (last.Total - start.Total, last.At - start.At);
            var spread = 2 * Math.Sqrt(count + 1);
            least = Math.Max(least, (count - spread) / seconds);
            most = Math.Min(most, (count + spread + 2) / seconds);
        }

        return Math.Max(least, Math.Min(most, rate));
    }

    private static double MeanSince(ArrivalSample start, ArrivalSample end) => (end.Total - start.Total) / (end.At - start.At);
}
