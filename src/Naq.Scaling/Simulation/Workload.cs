using Naq.Scaling.Traffic;

namespace Naq.Scaling.Simulation;

/// <summary>The jobs of a run: when each arrives and how long it holds a slot. The same seed gives every policy the same jobs.</summary>
/// <param name="Arrivals">Seconds since the beginning, ascending.</param>
/// <param name="Services">Seconds, in the order of arrival.</param>
/// <param name="Seconds">The length of the window.</param>
internal sealed record Workload(double[] Arrivals, double[] Services, double Seconds)
{
    /// <summary>Unix time of the beginning.</summary>
    public double Epoch { get; init; }

    public double HistoryBin { get; init; } = 60;

    /// <summary>Arrivals per bin before the beginning.</summary>
    public IReadOnlyList<double> History { get; init; } = [];

    public double TotalService { get; } = Services.Sum();

    /// <summary>Plays an arrival trace: where a bin's jobs fall inside it, and their service times, are drawn.</summary>
    public static Workload Of(ArrivalTrace trace, SimulationProfile profile, int seed)
    {
        var arrivals = trace.Arrivals(new Random(seed));
        return new(arrivals, Draw(arrivals.Length, profile.Service, profile.ServiceVariation, seed), trace.PlayedSeconds)
        {
            Epoch = trace.PlayedEpoch,
            HistoryBin = trace.BinSeconds,
            History = trace.History,
        };
    }

    /// <summary>Lognormal service times of a mean and a coefficient of variation.</summary>
    public static double[] Draw(int count, double mean, double variation, int seed)
    {
        var random = new Random(seed ^ 0x5EED);
        var services = new double[count];
        foreach (ref var service in services.AsSpan())
        {
            service = Lognormal.Next(random, mean, variation);
        }

        return services;
    }
}

/// <summary>Draws from a lognormal law.</summary>
internal static class Lognormal
{
    public static double Next(Random random, double mean, double variation)
    {
        var (a, b) = (1 - random.NextDouble(), random.NextDouble()); // drawn even where unused: runs with other variation stay comparable
        if (variation <= 0)
        {
            return mean;
        }

        var variance = Math.Log(1 + (variation * variation));
        var normal = Math.Sqrt(-2 * Math.Log(a)) * Math.Cos(2 * Math.PI * b);
        return mean * Math.Exp((normal * Math.Sqrt(variance)) - (variance / 2));
    }
}
