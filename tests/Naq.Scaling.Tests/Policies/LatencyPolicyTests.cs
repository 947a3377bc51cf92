using Naq.Scaling.Decisions.Deciders;
using Naq.Scaling.Limiters;
using Naq.Scaling.Policies;
using Naq.Scaling.Simulation;
using Naq.Scaling.Tests.Simulation;
using Naq.Scaling.Traffic;

namespace Naq.Scaling.Tests.Policies;

/// <summary>The demo's setting: World Cup match day at 200×, SLO 2 s, four slots a worker, cold start 1 s.</summary>
public sealed class LatencyPolicyTests
{
    private static readonly SimulationProfile Demo = new("demo")
    {
        ColdStart = 1, Goal = 2, Interval = 1, MetricLag = 0.2, Service = 0.042, ServiceVariation = 0.05, Concurrency = 4, Max = 8, Initial = 1,
    };

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void Match_day_is_served_in_time_for_three_quarters_of_a_fixed_fleet(int seed)
    {
        var arrivals = MatchDay(speed: 200, seed);

        var scaled = Run(Latency(Demo), Demo, arrivals, seed);

        var smallest = Enumerable.Range(1, 8).Select(n => Run(new StaticPolicy(n), Demo, arrivals, seed)).First(r => r.LatePercent <= 1);
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
        var profile = Demo with { ColdStart = coldStart, Interval = interval, MetricLag = lag };

        var result = Run(Latency(profile), profile, MatchDay(speed: 200, seed: 7), seed: 7);

        Assert.InRange(result.LatePercent, 0, 1);
        Assert.InRange(result.WorkerSeconds, 0, 480);
    }

    [Fact]
    public void Tenfold_step_is_answered_in_time_and_released_after_it()
    {
        var last = 0;
        var arrivals = MadeUp.Poisson(seed: 5, (50, 30), (500, 30), (50, 60));

        var result = Run(Latency(Demo), Demo, arrivals, seed: 5, decided: (_, answer) => last = answer.Desired);

        Assert.InRange(result.LatePercent, 0, 1);
        Assert.InRange(last, 1, 2);
    }

    [Fact]
    public void Slow_jobs_are_served_in_time()
    {
        var profile = SimulationProfile.Process with { Service = 1 };

        var result = Run(Latency(profile), profile, MatchDay(speed: 20, seed: 1), seed: 1);

        Assert.InRange(result.LatePercent, 0, 1);
        Assert.InRange(result.Cost, 1, 1.15);
    }

    [Fact]
    public void Steady_load_does_not_make_the_pool_swing()
    {
        var result = Run(Latency(Demo), Demo, MadeUp.Poisson(seed: 3, (190, 120)), seed: 3);

        Assert.InRange(result.Actions, 0, 6);
    }

    private static double[] MatchDay(double speed, int seed) => [.. ArrivalTraces.MatchDay().Arrivals(new(seed)).Select(at => at / speed)];

    private static LatencyPolicy Latency(SimulationProfile profile) => new(profile.Share, TimeSpan.FromSeconds(profile.Goal));

    private static SimulationResult Run(
        IScalingPolicy policy, SimulationProfile profile, double[] arrivals, int seed, Action<DeciderObservation, DeciderAnswer>? decided = null)
    {
        var work = new Workload(arrivals, Workload.Draw(arrivals.Length, profile, seed), arrivals[^1] + 1);
        var simulator = new FleetSimulator(profile, work, seed) { Decided = decided };
        using var decider = new EngineDecider(A.Pool(policy, 1, 8, 4, new HoldLimiter(null, TimeSpan.Zero)), simulator.Init);
        return simulator.Run(decider);
    }
}
