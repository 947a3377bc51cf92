using Naq.Scaling.Decisions.Deciders;
using Naq.Scaling.Policies.Latency;
using Naq.Scaling.Pools;
using Naq.Scaling.Simulation;

namespace Naq.Cli.Benchmarks;

/// <summary>What a scaling decision costs: of one pool of about 250 workers over a simulated hour and a half, and of a thousand pools at once.</summary>
internal sealed class DecideScenario() : Scenario("decide")
{
    private const int Pools = 1000;
    private const int JobsPerSecond = 60;
    private const int Minutes = 90;

    public override Task<IReadOnlyList<Sample>> RunAsync(BenchPlace place, CancellationToken ct)
    {
        var profile = SimulationProfile.Process with { Max = 1000, Interval = 1, MetricLag = 0.2 };
        var work = Steady(profile, place.Random);
        var warm = new Watch(new(Pool(profile), new FleetSimulator(profile, work, 1).Init), place.Time);
        _ = new FleetSimulator(profile, work, 1).Run(warm);
        var measured = new Watch(new(Pool(profile), new FleetSimulator(profile, work, 2).Init), place.Time);
        _ = new FleetSimulator(profile, work, 2).Run(measured);
        var took = measured.Took.Order().ToArray();
        IReadOnlyList<Sample> samples =
        [
            Of(place, "decide_p50", took[took.Length / 2]),
            Of(place, "decide_p99", took[(int)(took.Length * 0.99)]),
            Of(place, "decide_1000_pools", Thousand(place, profile, work)),
        ];
        return Task.FromResult(samples);
    }

    private static Sample Of(BenchPlace place, string figure, double milliseconds) =>
        new(figure, place.Durability, FigureUnit.Milliseconds, milliseconds);

    private static PoolConfig Pool(SimulationProfile profile) => new()
    {
        Name = "bench",
        Queues = ["bench"],
        Policies = [new LatencyPolicy(profile.Share, TimeSpan.FromSeconds(profile.Goal))],
    };

    private static Workload Steady(SimulationProfile profile, Random random)
    {
        var arrivals = new double[JobsPerSecond * Minutes * 60];
        foreach (ref var arrival in arrivals.AsSpan())
        {
            arrival = random.NextDouble() * Minutes * 60;
        }

        Array.Sort(arrivals);
        return new(arrivals, Workload.Draw(arrivals.Length, profile, random.Next()), Minutes * 60);
    }

    /// <summary>One decision of each of a thousand pools that have ten minutes behind them.</summary>
    private static double Thousand(BenchPlace place, SimulationProfile profile, Workload work)
    {
        var seen = new Recorder();
        var first = new FleetSimulator(profile, work with { Seconds = 600, Arrivals = [.. work.Arrivals.Where(static a => a < 600)] }, 3);
        _ = first.Run(seen);
        var pools = new EngineDecider[Pools];
        for (var pool = 0; pool < Pools; pool++)
        {
            pools[pool] = new(Pool(profile), first.Init);
            foreach (var observation in seen.Observations.SkipLast(1))
            {
                _ = pools[pool].Decide(observation);
            }
        }

        var start = place.Time.GetTimestamp();
        foreach (var pool in pools)
        {
            _ = pool.Decide(seen.Observations[^1]);
        }

        return place.Time.GetElapsedTime(start).TotalMilliseconds;
    }

    private sealed class Watch(EngineDecider decider, TimeProvider time) : IDecider
    {
        public List<double> Took { get; } = [];

        public DeciderAnswer Decide(DeciderObservation seen)
        {
            var start = time.GetTimestamp();
            var answer = decider.Decide(seen);
            Took.Add(time.GetElapsedTime(start).TotalMilliseconds);
            return answer;
        }

        public void Dispose() => decider.Dispose();
    }

    /// <summary>Keeps 240 workers, and what it was asked.</summary>
    private sealed class Recorder : IDecider
    {
        private const int Workers = 240;

        public List<DeciderObservation> Observations { get; } = [];

        public DeciderAnswer Decide(DeciderObservation seen)
        {
            Observations.Add(seen);
            return new(Workers, []);
        }

        public void Dispose()
        {
        }
    }
}
