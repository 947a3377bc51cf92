using System.Text.Json;
using Naq.Scaling.Limiters;
using Naq.Scaling.Observation;
using Naq.Scaling.Policies;

namespace Naq.Conformance.Scaling;

/// <summary>Pools as they might be, drawn from a seed: idle, busy, growing, failing, and now and then not to be seen.</summary>
internal static class ScalingSeeds
{
    private const int Min = 1;
    private const int Max = 50;

    /// <summary>As the decision log keeps states.</summary>
    public static JsonSerializerOptions Json { get; } = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public static PolicyInput Input(Random random, double at)
    {
        var current = random.Next(0, Max + 1);
        return new(Observation(random, at, current), current, Concurrency: 4, Min, Max, Interval: 5);
    }

    public static LimitInput Limit(Random random, double at)
    {
        var current = random.Next(Min, Max + 1);
        return new(at, current, Min, Max, TimeSpan.FromMinutes(1), Observation(random, at, current));
    }

    private static PoolObservation Observation(Random random, double at, int current)
    {
        var isSeen = random.Next(20) > 0;
        var ready = random.Next(3) == 0 ? 0 : (long)Math.Pow(10, random.NextDouble() * 5);
        var completed = (long)(at * 20) + random.Next(100);
        var load = new QueueLoad
        {
            Ready = ready,
            InFlight = random.Next(0, (4 * current) + 1),
            OldestAge = ready > 0 ? random.NextDouble() * 30 : null,
            ArrivedTotal = completed + ready,
            CompletedTotal = completed,
            FailedTotal = completed / random.Next(1, 20),
            StartedTotal = completed,
            ArrivalsPerSecond = random.NextDouble() * 100,
            CompletionsPerSecond = random.NextDouble() * 100,
        };
        var fleet = new Fleet
        {
            Ready = current,
            ServiceCount = completed,
            ServiceSeconds = completed * 0.5,
            ServiceSecondsSquared = completed * 0.4,
            ColdStartSeconds = random.Next(2) == 0 ? null : 2,
            Measured = current,
            MemoryBytes = current * 80_000_000L,
            Started = completed,
        };
        return new(at, isSeen ? Reading.Known(load, at) : Reading.Unknown<QueueLoad>("not read"), isSeen ? Reading.Known(fleet, at) : Reading.Unknown<Fleet>("not read"))
        {
            Epoch = 1_800_000_000 + at,
        };
    }
}
