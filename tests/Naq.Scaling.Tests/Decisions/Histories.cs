using Naq.Scaling.Limiters;
using Naq.Scaling.Observation;
using Naq.Scaling.Policies;
using Naq.Scaling.Pools;

namespace Naq.Scaling.Tests.Decisions;

/// <summary>What may happen to a pool, however unlikely: gaps, counters that fall, samples that are late, fleets that vanish.</summary>
internal static class Histories
{
    public static PoolConfig Pool(Random random)
    {
        var min = random.Next(0, 5);
        IScalingPolicy[] policies =
        [
            new LatencyPolicy(0.99, TimeSpan.FromSeconds(random.Next(1, 60))),
            new ThresholdPolicy(random.Next(5, 100), random.Next(0, 5), random.Next(0, 5), random.Next(2) == 0 ? null : random.Next(1, 9)),
            new StaticPolicy(random.Next(0, 30)),
        ];
        var chosen = policies[random.Next(policies.Length)];
        ILimiter hold = new HoldLimiter(random.Next(2) == 0 ? null : TimeSpan.FromSeconds(random.Next(0, 300)), TimeSpan.FromSeconds(random.Next(0, 30)));
        var rate = new RateRule(random.Next(0, 200), random.Next(1, 5), TimeSpan.FromSeconds(random.Next(1, 120)));
        var limiters = random.Next(2) == 0 ? new[] { hold } : [hold, new RateLimiter(rate, rate)];
        var pool = A.Pool(chosen, min, min + random.Next(1, 20), random.Next(1, 16), limiters);
        return random.Next(4) == 0 ? pool with { Policies = [.. policies] } : pool;
    }

    public static PoolObservation Seen(Random random, int tick)
    {
        var at = tick + (random.Next(10) == 0 ? -random.NextDouble() * 3 : random.NextDouble());
        if (random.Next(12) == 0)
        {
            return A.LoadUnknown(at);
        }

        var ready = random.Next(3) == 0 ? 0 : random.NextInt64(0, 1L << random.Next(1, 40));
        var load = new QueueLoad
        {
            Ready = ready,
            Due = random.Next(50),
            InFlight = random.Next(200),
            OldestAge = random.Next(2) == 0 ? null : random.NextDouble() * 1e5,
            ArrivedTotal = random.Next(20) == 0 ? 0 : (tick * 100L) + random.Next(500),
            CompletedTotal = tick * 90L,
        };
        var fleet = new Fleet
        {
            Ready = random.Next(20),
            Starting = random.Next(20),
            ServiceCount = random.Next(20) == 0 ? 0 : tick * 90L,
            ServiceSeconds = random.Next(20) == 0 ? 0 : tick * 90 * random.NextDouble(),
            ColdStartSeconds = random.Next(2) == 0 ? null : random.NextDouble() * 100,
        };
        return random.Next(15) == 0
            ? new(at, Reading.Known(load, at), Reading.Unknown<Fleet>("provisioner away"))
            : new(at, Reading.Known(load, at), Reading.Known(fleet, at));
    }
}
