using Naq.Scaling.Decisions;
using Naq.Scaling.Limiters;
using Naq.Scaling.Observation;
using Naq.Scaling.Policies;

namespace Naq.Scaling.Tests.Limiters;

/// <summary>Limiters that say no for a reason of their own: memory, quota, breaker, cost, band, owner.</summary>
public sealed class WallsTests
{
    private const double Noon = 1_772_452_800;
    private const long Gigabyte = 1_000_000_000;

    private static readonly MemoryLimiter Memory = new(8 * Gigabyte, 0.8, 1.2);

    [Theory]
    [InlineData(4, 1.0, 20, 6)] // 4 GB of 6.4: two more of 1.2 GB
    [InlineData(6, 1.0, 20, 6)] // 6 GB: no room, and none is let go
    [InlineData(4, 1.0, 3, 3)] // a lower wish is nobody's business
    [InlineData(1, 9.0, 20, 1)] // the last one stays
    public void Memory_lets_in_what_fits(int workers, double gigabytes, int wish, int expected)
    {
        var (limit, _) = Memory.Apply(A.LimitInput(workers, seen: Using(workers, gigabytes)), wish, null);

        Assert.Equal(expected, limit.Workers);
    }

    [Fact]
    public void Above_the_budget_the_least_productive_goes_one_at_a_time()
    {
        var (first, state) = Memory.Apply(A.LimitInput(10, seen: Using(10, 1)), 10, null);
        var (waiting, after) = Memory.Apply(A.LimitInput(9, seen: Using(9, 1, draining: 1)), 9, state);
        var (second, _) = Memory.Apply(A.LimitInput(9, seen: Using(9, 1)), 9, after);

        Assert.Equal((9, "cpu-worst"), (first.Workers, first.Victim));
        Assert.Equal(9, waiting.Workers);
        Assert.Equal(8, second.Workers);
    }

    [Fact]
    public void Unknown_memory_lets_one_worker_start_and_no_more()
    {
        Assert.Equal(1, Memory.Apply(A.LimitInput(0, seen: Using(0, 0)), 10, null).Limit.Workers);
        Assert.Equal(3, Memory.Apply(A.LimitInput(3, seen: A.Seen(0, workers: 3)), 10, null).Limit.Workers);
        Assert.Equal(3, Memory.Apply(A.LimitInput(3, seen: A.Seen(0) with { Fleet = Reading.Unknown<Fleet>("away") }), 10, null).Limit.Workers);
    }

    /// <summary>Workers use up to the buffer more than the mean of those before; some take a while to be measured.</summary>
    [Fact]
    public void Memory_is_never_over_budget_while_a_pool_grows()
    {
        for (var seed = 0; seed < 500; seed++)
        {
            var (random, state) = (new Random(seed), PoolState.Empty);
            var mean = (0.05 + random.NextDouble()) * Gigabyte;
            var pool = A.Pool(new StaticPolicy(500), min: 1, max: 1000, limiters: Memory);
            var used = new List<double>();
            var known = 0;
            for (var tick = 0; tick < 60; tick++)
            {
                known = Math.Min(used.Count, known + random.Next(0, 4));
                var fleet = new Fleet { Ready = known, Starting = used.Count - known, Measured = known, MemoryBytes = (long)used.Take(known).Sum() };
                var seen = new PoolObservation(tick, Reading.Known(new QueueLoad { Ready = 999 }, tick), Reading.Known(fleet, tick));
                (var decision, state) = ScalingEngine.Decide(pool, seen, ArrivalHistory.Empty, state with { Desired = Math.Max(state.Desired ?? 0, used.Count) });
                while (used.Count < decision.To)
                {
                    used.Add(used.Count == 0 ? mean : used.Take(Math.Max(1, known)).Average() * (0.8 + (0.4 * random.NextDouble())));
                }

                Assert.True(used.Sum() <= 8.0 * Gigabyte || used.Count == 1, $"seed {seed}: {used.Sum() / Gigabyte:0.00} GB by {used.Count}");
            }

            Assert.True(used.Count > 1 || mean > 3.5 * Gigabyte, $"seed {seed}: {used.Count}");
        }
    }

    [Fact]
    public void A_minimum_yields_to_the_walls()
    {
        var pool = A.Pool(new StaticPolicy(5), min: 5, max: 20, limiters: [new QuotaLimiter(6, "shared")]);

        var (decision, _) = ScalingEngine.Decide(pool, A.Seen(0, workers: 5) with { OthersInQuota = 3 }, ArrivalHistory.Empty, PoolState.Empty);

        Assert.Equal((3, Reasons.Quota, 5), (decision.To, decision.Reasons[1], decision.Steps[0].Without));
    }

    [Theory]
    [InlineData(10, 11, 10)]
    [InlineData(10, 9, 10)]
    [InlineData(10, 12, 12)]
    [InlineData(0, 1, 1)]
    [InlineData(1, 0, 0)]
    public void Band_lets_small_changes_be(int current, int wish, int expected) =>
        Assert.Equal(expected, new BandLimiter(10, 0).Apply(A.LimitInput(current), wish, null).Limit.Workers);

    [Fact]
    public void Breaker_stops_growth_while_attempts_fail_and_closes_again()
    {
        var breaker = new BreakerLimiter(0.5, TimeSpan.FromMinutes(1));
        var (completed, failed, state) = (0, 0, (LimiterState?)null);
        int Tick(int at, int failures)
        {
            (completed, failed) = (completed + 10, failed + failures);
            var seen = A.Seen(at, ready: 50, workers: 4);
            seen = seen with { Load = Reading.Known(seen.Load.Value! with { CompletedTotal = completed, FailedTotal = failed }, at) };
            (var limit, state) = breaker.Apply(A.LimitInput(4, at: at, seen: seen), 8, state);
            return limit.Workers;
        }

        Assert.Equal(8, Enumerable.Range(0, 24).Select(n => Tick(n * 5, 0)).ToList()[^1]);
        Assert.Equal(4, Enumerable.Range(24, 24).Select(n => Tick(n * 5, 9)).ToList()[^1]);
        Assert.Equal(8, Enumerable.Range(48, 24).Select(n => Tick(n * 5, 0)).ToList()[^1]);
    }

    [Fact]
    public void Breaker_holds_while_a_dependency_is_away()
    {
        var breaker = new BreakerLimiter(0.5, TimeSpan.FromMinutes(1));
        Limited Tick(int at, int wish, string? away, LimiterState? state)
        {
            var seen = A.Seen(at, ready: 50, workers: 4);
            seen = seen with { Fleet = Reading.Known(seen.Fleet.Value! with { OpenDependency = away }, at) };
            return breaker.Apply(A.LimitInput(4, at: at, seen: seen), wish, state).Limit;
        }

        Assert.Equal((8, 4, 2, 8), (Tick(0, 8, null, null).Workers, Tick(5, 8, "payments", null).Workers, Tick(10, 2, "payments", null).Workers, Tick(15, 8, null, null).Workers));
        Assert.True(Tick(5, 8, "payments", null).IsAlert);
    }

    [Theory]
    [InlineData(10, 20)] // twice the workers, twice the completions: it grows on
    [InlineData(10, 10)] // twice the workers, no more completions: back to what they were
    public void Breaker_stops_growth_that_gets_no_more_done(int perTickBefore, int perTickAfter)
    {
        var breaker = new BreakerLimiter(0.5, TimeSpan.FromMinutes(2));
        var (completed, last, state) = (0, 0, (LimiterState?)null);
        for (var tick = 0; tick < 24; tick++)
        {
            completed += tick < 8 ? perTickBefore : perTickAfter;
            var workers = tick < 8 ? 5 : 10;
            var seen = A.Seen(tick * 5, ready: 100 + tick, workers: workers);
            seen = seen with { Load = Reading.Known(seen.Load.Value! with { CompletedTotal = completed }, tick * 5) };
            (var limit, state) = breaker.Apply(A.LimitInput(workers, at: tick * 5, seen: seen), 40, state);
            last = limit.Workers;
        }

        Assert.Equal(perTickAfter > perTickBefore ? 40 : 5, last);
    }

    [Fact]
    public void Cost_spends_as_needed_and_keeps_enough_for_the_minimum()
    {
        // 48 worker-hours a day, at least one worker: from midnight on ten may run until only the minimum's hours are left.
        var (limiter, state, hours) = (new CostLimiter(Price: 2, PerDay: 96, "EUR"), (LimiterState?)null, 0.0);
        var current = 10;
        for (var minute = 0; minute < 1440; minute++)
        {
            hours += current / 60.0;
            var seen = A.Seen(minute * 60, workers: current) with { Epoch = Noon + 43_200 + (minute * 60) };
            (var limit, state) = limiter.Apply(A.LimitInput(current, min: 1, at: minute * 60, seen: seen), 10, state);
            current = limit.Workers;
            Assert.InRange(current, 1, 10);
        }

        Assert.InRange(hours, 40, 49);
        Assert.InRange(current, 1, 2);
    }

    [Fact]
    public void Workers_that_somebody_else_scales_are_left_alone()
    {
        var seen = A.Seen(0, ready: 100, workers: 4);
        seen = seen with { Fleet = Reading.Known(seen.Fleet.Value! with { Owner = "horizontalpodautoscaler/cpu" }, 0) };
        var pool = A.Pool(new StaticPolicy(9), limiters: [OwnerLimiter.Instance]);

        var (decision, _) = ScalingEngine.Decide(pool, seen, ArrivalHistory.Empty, PoolState.Empty);

        Assert.Equal((4, Reasons.Owner, true), (decision.To, decision.Reasons[1], decision.IsAlert));
    }

    private static PoolObservation Using(int workers, double gigabytesEach, int draining = 0)
    {
        var fleet = new Fleet
        {
            Ready = workers, Draining = draining, Measured = workers + draining, MemoryBytes = (long)((workers + draining) * gigabytesEach * Gigabyte),
            LeastProductive = workers > 0 ? "cpu-worst" : null,
        };
        return A.Seen(0) with { Fleet = Reading.Known(fleet, 0) };
    }
}
