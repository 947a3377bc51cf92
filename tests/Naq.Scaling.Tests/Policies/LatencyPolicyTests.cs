using Naq.Scaling.Limiters;
using Naq.Scaling.Policies;
using Naq.Scaling.Pools;
using Naq.Scaling.Tests.Simulation;

namespace Naq.Scaling.Tests.Policies;

/// <summary>The demo's setting: World Cup match day at 200×, SLO 2 s, four slots a worker, cold start 1 s.</summary>
public sealed class LatencyPolicyTests
{
    private static readonly LatencyPolicy TwoSeconds = new(0.99, TimeSpan.FromSeconds(2));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void Match_day_is_served_in_time_for_three_quarters_of_a_fixed_fleet(int seed)
    {
        var arrivals = WorldCup.Arrivals(speed: 200, seed);

        var scaled = new FleetSimulation(Demo(TwoSeconds), arrivals, seed).Run();

        var smallest = Enumerable.Range(1, 8).Select(n => new FleetSimulation(Demo(new StaticPolicy(n)), arrivals, seed).Run()).First(r => r.LatePercent <= 1);
        Assert.Equal(32_444, scaled.Jobs);
        Assert.InRange(scaled.LatePercent, 0, 0.5);
        Assert.True(scaled.ScaleOuts >= 3 && scaled.ScaleIns >= 3, $"{scaled.ScaleOuts} out, {scaled.ScaleIns} in");
        Assert.True(scaled.WorkerSeconds <= 0.75 * smallest.WorkerSeconds, $"{scaled.WorkerSeconds:0} of {smallest.WorkerSeconds:0}");
    }

    [Theory]
    [InlineData(0.5, 1.0, 0.2)]
    [InlineData(2.0, 1.0, 0.2)]
    [InlineData(1.0, 0.25, 0.2)]
    [InlineData(1.0, 1.0, 0.8)]
    public void Match_day_is_served_in_time_by_slower_starts_denser_looks_and_older_readings(double coldStart, double interval, double lag)
    {
        var simulation = new FleetSimulation(Demo(TwoSeconds), WorldCup.Arrivals(speed: 200, seed: 7), seed: 7)
        {
            ColdStart = coldStart, Interval = interval, MetricLag = lag,
        };

        var result = simulation.Run();

        Assert.InRange(result.LatePercent, 0, 1);
        Assert.InRange(result.WorkerSeconds, 0, 460);
    }

    [Fact]
    public void Tenfold_step_is_answered_in_time_and_released_after_it()
    {
        var arrivals = Traffic.Poisson(seed: 5, (50, 30), (500, 30), (50, 60));

        var result = new FleetSimulation(Demo(TwoSeconds), arrivals, seed: 5).Run();

        Assert.InRange(result.LatePercent, 0, 1);
        Assert.InRange(result.Changes[^1].Decision.To, 1, 2);
    }

    [Fact]
    public void Slow_jobs_are_served_in_time()
    {
        var pool = Demo(new LatencyPolicy(0.99, TimeSpan.FromSeconds(10))) with { Max = 100, Worker = new() { Concurrency = 1 } };
        var simulation = new FleetSimulation(pool, WorldCup.Arrivals(speed: 20, seed: 1), seed: 1)
        {
            Interval = 5, ColdStart = 2, MetricLag = 1, Slo = 10, Service = static u => -Math.Log(1 - u),
        };

        var result = simulation.Run();

        Assert.InRange(result.LatePercent, 0, 1);
        Assert.InRange(result.WorkerSeconds / 32_444, 1, 1.15);
    }

    [Fact]
    public void Steady_load_does_not_make_the_pool_swing()
    {
        var result = new FleetSimulation(Demo(TwoSeconds), Traffic.Poisson(seed: 3, (190, 120)), seed: 3).Run();

        Assert.InRange(result.ScaleOuts + result.ScaleIns, 0, 6);
    }

    private static PoolConfig Demo(IScalingPolicy policy) =>
        A.Pool(policy, min: 1, max: 8, concurrency: 4, new HoldLimiter(null, TimeSpan.Zero));
}
