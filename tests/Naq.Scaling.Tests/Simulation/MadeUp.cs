namespace Naq.Scaling.Tests.Simulation;

/// <summary>Made-up arrivals.</summary>
internal static class MadeUp
{
    /// <summary>A Poisson stream, phase by phase.</summary>
    public static double[] Poisson(int seed, params ReadOnlySpan<(double PerSecond, double Seconds)> phases)
    {
        var random = new Random(seed);
        var arrivals = new List<double>();
        var start = 0.0;
        foreach (var (rate, seconds) in phases)
        {
            for (var t = start - (Math.Log(1 - random.NextDouble()) / rate); t < start + seconds; t -= Math.Log(1 - random.NextDouble()) / rate)
            {
                arrivals.Add(t);
            }

            start += seconds;
        }

        return [.. arrivals];
    }
}
