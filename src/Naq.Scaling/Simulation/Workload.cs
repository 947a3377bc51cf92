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
        return new(arrivals, Draw(arrivals.Length, profile, seed), trace.PlayedSeconds)
        {
            Epoch = trace.PlayedEpoch,
            HistoryBin = trace.BinSeconds,
            History = trace.History,
        };
    }

    /// <summary>The same with other jobs: <paramref name="arrivals"/> need not be in order.</summary>
    public Workload With(Func<double, double>? arrivals = null, Func<double, double, double>? services = null)
    {
        var moved = Arrivals.Zip(Services, (at, service) => (At: arrivals?.Invoke(at) ?? at, Service: services?.Invoke(at, service) ?? service))
            .OrderBy(static job => job.At).ToArray();
        return new(Array.ConvertAll(moved, static job => job.At), Array.ConvertAll(moved, static job => job.Service), Seconds)
        {
            Epoch = Epoch, HistoryBin = HistoryBin, History = History,
        };
    }

    /// <summary>Service times of a profile's law.</summary>
    public static double[] Draw(int count, SimulationProfile profile, int seed)
    {
        var random = new Random(seed ^ 0x5EED);
        var services = new double[count];
        foreach (ref var service in services.AsSpan())
        {
            service = profile.Law switch
            {
                ServiceLaw.Lognormal => Lognormal.Next(random, profile.Service, profile.ServiceVariation),
                ServiceLaw.Fixed => profile.Service,
                ServiceLaw.Exponential => -profile.Service * Math.Log(1 - random.NextDouble()),
                ServiceLaw.Bimodal => profile.Service * (random.NextDouble() < 0.9 ? 0.5 : 5.5),
            };
        }

        return services;
    }
}
