using Cronos;
using Known = Naq.Scaling.Observation.Reading;
using Naq.Scaling.Limiters;
using Naq.Scaling.Observation;
using Naq.Scaling.Policies;
using Naq.Scaling.Policies.Seasons;
using Naq.Scaling.Pools;

namespace Naq.Scaling.Tests.Decisions;

/// <summary>What may happen to a pool, however unlikely: gaps, counters that fall, samples that are late, fleets that vanish.</summary>
internal static class Histories
{
    private const double Epoch = 1_772_409_600;

    public static PoolConfig Pool(Random random)
    {
        var min = random.Next(0, 5);
        IScalingPolicy[] policies =
        [
            new LatencyPolicy(0.99, TimeSpan.FromSeconds(random.Next(1, 60))),
            new ThresholdPolicy(random.Next(5, 100), random.Next(0, 5), random.Next(0, 5), random.Next(2) == 0 ? null : random.Next(1, 9)),
            new StaticPolicy(random.Next(0, 30)),
            new BacklogPolicy(random.Next(2) == 0 ? null : random.Next(1, 50)),
            new BudgetPolicy(random.Next(0, 10), random.Next(1, 1600)),
            new ForecastPolicy(TimeSpan.FromMinutes(random.Next(15, 600))),
            new PredictivePolicy(TimeSpan.FromMinutes(random.Next(0, 600))),
            new SpikePolicy(TimeSpan.FromSeconds(random.Next(1, 60))),
            new SchedulePolicy("schedule", CronExpression.Parse("*/7 * * * *"), null, TimeSpan.FromMinutes(3), TimeZoneInfo.Utc, random.Next(1, 30)),
        ];
        var chosen = policies[random.Next(policies.Length)];
        ILimiter hold = new HoldLimiter(random.Next(2) == 0 ? null : TimeSpan.FromSeconds(random.Next(0, 300)), TimeSpan.FromSeconds(random.Next(0, 30)));
        var side = A.Side(random.Next(0, 200), random.Next(1, 5), TimeSpan.FromSeconds(random.Next(1, 120)));
        ILimiter[] all =
        [
            hold,
            new BandLimiter(random.Next(0, 30), random.Next(1, 4)),
            new RateLimiter(random.Next(3) == 0 ? null : side, side),
            new QuotaLimiter(random.Next(1, 30), random.Next(2) == 0 ? null : "shared"),
            new MemoryLimiter(random.NextInt64(1, 20_000_000_000), 0.8, 1.2),
            new BreakerLimiter(0.5, TimeSpan.FromSeconds(random.Next(10, 600))),
            new CostLimiter(random.NextDouble() + 0.01, random.Next(1, 1000), "EUR"),
            OwnerLimiter.Instance,
        ];
        var limiters = all.Where(_ => random.Next(2) == 0).ToArray();
        var pool = A.Pool(chosen, min, min + random.Next(1, 20), random.Next(1, 16), limiters);
        return random.Next(4) == 0 ? pool with { Policies = [.. policies] } : pool;
    }

    public static PoolObservation Seen(Random random, int tick)
    {
        var epoch = Epoch + (tick * 60) + (random.Next(30) == 0 ? (random.NextDouble() - 0.5) * 200_000 : 0);
        return Reading(random, tick) with { Epoch = epoch, OthersInQuota = random.Next(10) };
    }

    private static PoolObservation Reading(Random random, int tick)
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
            FailedTotal = random.Next(3) == 0 ? tick * 80L : tick,
        };
        var fleet = new Fleet
        {
            Ready = random.Next(20),
            Starting = random.Next(20),
            ServiceCount = random.Next(20) == 0 ? 0 : tick * 90L,
            ServiceSeconds = random.Next(20) == 0 ? 0 : tick * 90 * random.NextDouble(),
            Draining = random.Next(5),
            Measured = random.Next(20),
            MemoryBytes = random.NextInt64(0, 30_000_000_000),
            LeastProductive = random.Next(2) == 0 ? null : "cpu-1",
            Failed = random.Next(1000),
            Owner = random.Next(50) == 0 ? "hpa" : null,
            ColdStartSeconds = random.Next(2) == 0 ? null : random.NextDouble() * 100,
        };
        return random.Next(15) == 0
            ? new(at, Known.Known(load, at), Known.Unknown<Fleet>("provisioner away"))
            : new(at, Known.Known(load, at), Known.Known(fleet, at));
    }
}
