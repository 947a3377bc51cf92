using Naq.Testing;

namespace Naq.Tests.Testing;

public sealed class ScalingSimulationTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public void A_pool_grows_for_a_burst_and_shrinks_after_it()
    {
        var trace = ScalingSimulation.Run(
            static pool => (pool.Min, pool.Max, pool.Concurrency) = (1, 40, 4),
            Arrivals.Poisson(2).For(TimeSpan.FromMinutes(5)).Then(Arrivals.Burst(400)).Then(Arrivals.Poisson(2).For(TimeSpan.FromMinutes(10))),
            ServiceTime.Fixed(Second));

        Assert.InRange(trace.Jobs, 2000, 2450);
        Assert.InRange(trace.MaxWorkers, 10, 40);
        Assert.Equal(trace.MaxWorkers, trace.Steps.Max(static step => step.Workers));
        Assert.InRange(trace.Steps[^1].Workers, 1, 3);
        Assert.True(trace.Reversals >= 1);
        Assert.All(trace.Steps, static step => Assert.NotEmpty(step.Reason));
    }

    /// <summary>Twenty jobs a second of 200 ms need four slots: one worker serves nearly all of them at once.</summary>
    [Fact]
    public void A_static_pool_costs_what_it_is()
    {
        var trace = ScalingSimulation.Run(
            static pool =>
            {
                (pool.Min, pool.Max, pool.Concurrency) = (2, 2, 4);
                pool.Policies.Add(Scale.Static(2));
            },
            Arrivals.Constant(20).For(TimeSpan.FromMinutes(10)), ServiceTime.Fixed(TimeSpan.FromMilliseconds(200)), new() { Goal = Second });

        Assert.Equal((12_000, 2, 0, 0.0), (trace.Jobs, trace.MaxWorkers, trace.Reversals, trace.LateShare));
        Assert.Equal(TimeSpan.Zero, trace.P99Wait);
        Assert.InRange(trace.WorkerTime, TimeSpan.FromMinutes(20), TimeSpan.FromMinutes(21));
        Assert.Empty(trace.Steps);
    }

    [Fact]
    public void A_slower_start_makes_later_jobs()
    {
        ScalingTrace Play(double coldStart) => ScalingSimulation.Run(
            static pool => (pool.Min, pool.Concurrency) = (0, 4), Arrivals.None.Then(Arrivals.Burst(100)), ServiceTime.Exponential(Second),
            new() { ColdStart = TimeSpan.FromSeconds(coldStart) });

        Assert.True(Play(20).P50Wait > Play(1).P50Wait + TimeSpan.FromSeconds(10));
    }

    [Fact]
    public void A_pool_that_may_be_empty_stays_so_without_jobs()
    {
        var trace = ScalingSimulation.Run(static pool => pool.Min = 0, Arrivals.None.For(TimeSpan.FromHours(1)), ServiceTime.Fixed(Second));

        Assert.Equal((0, TimeSpan.Zero), (trace.MaxWorkers, trace.WorkerTime));
    }

    [Fact]
    public void The_same_seed_plays_the_same()
    {
        ScalingTrace Play(int seed) => ScalingSimulation.Run(static _ => { }, Arrivals.Poisson(5).For(TimeSpan.FromMinutes(10)), ServiceTime.Lognormal(Second, 1), new() { Seed = seed });

        Assert.Equal(Play(3).WorkerTime, Play(3).WorkerTime);
        Assert.NotEqual(Play(3).Jobs, Play(4).Jobs);
    }

    [Fact]
    public void A_virtual_day_is_soon_over()
    {
        var trace = ScalingSimulation.Run(static pool => pool.Max = 20, Arrivals.Poisson(1).For(TimeSpan.FromDays(1)), ServiceTime.Exponential(Second));

        Assert.InRange(trace.Jobs, 84_000, 89_000);
        Assert.True(trace.LateShare < 0.02, $"{trace.LateShare:P2} late");
    }

    [Fact]
    public void What_is_wrong_is_said()
    {
        _ = Assert.Throws<ArgumentOutOfRangeException>(static () => Arrivals.Poisson(-1));
        _ = Assert.Throws<ArgumentOutOfRangeException>(static () => Arrivals.Burst(-1));
        _ = Assert.Throws<ArgumentOutOfRangeException>(static () => Arrivals.None.For(-Second));
        _ = Assert.Throws<ArgumentOutOfRangeException>(static () => ServiceTime.Fixed(TimeSpan.Zero));
        _ = Assert.Throws<ArgumentOutOfRangeException>(static () => ServiceTime.Lognormal(Second, -1));
        var wrong = Assert.Throws<NaqConfigurationException>(static () => ScalingSimulation.Run(static pool => (pool.Min, pool.Max) = (5, 2), Arrivals.None, ServiceTime.Fixed(Second)));
        Assert.Contains("Min (5) is above Max (2)", wrong.Message, StringComparison.Ordinal);
    }
}
