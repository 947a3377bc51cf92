using Naq.Scaling.Decisions;
using Naq.Scaling.Limiters;
using Naq.Scaling.Observation;
using Naq.Scaling.Policies;

namespace Naq.Scaling.Tests.Decisions;

public sealed class ScalingEngineTests
{
    private static readonly ThresholdPolicy Threshold = new(Up: 20, Down: 5, Target: 10, Step: null);

    [Fact]
    public void Highest_proposal_wins()
    {
        var pool = A.Pool(new StaticPolicy(3)) with { Policies = [new StaticPolicy(3), Threshold] };

        var (busy, _) = ScalingEngine.Decide(pool, A.Seen(0, ready: 60, workers: 2), ArrivalHistory.Empty, PoolState.Empty);
        var (calm, _) = ScalingEngine.Decide(pool, A.Seen(0, ready: 10, workers: 2), ArrivalHistory.Empty, PoolState.Empty);

        Assert.Equal((7, Reasons.Threshold), (busy.To, busy.Reasons[0]));
        Assert.Equal((3, Reasons.Static), (calm.To, calm.Reasons[0]));
        Assert.Equal(2, calm.Proposals.Count);
    }

    [Fact]
    public void Slots_become_workers_once_after_the_maximum()
    {
        var pool = A.Pool(new LatencyPolicy(0.99, TimeSpan.FromSeconds(5)), concurrency: 4);

        var (decision, _) = ScalingEngine.Decide(pool, A.Seen(0, ready: 9), ArrivalHistory.Empty, PoolState.Empty);

        Assert.Equal((2, Reasons.StartUp), (decision.To, decision.Reasons[0]));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Unknown_reading_holds(bool isLoadUnknown)
    {
        var pool = A.Pool(new LatencyPolicy(0.99, TimeSpan.FromSeconds(5)));
        var seen = isLoadUnknown ? A.LoadUnknown(10) : A.Seen(10) with { Fleet = Reading.Unknown<Fleet>("provisioner away") };

        var (decision, state) = ScalingEngine.Decide(pool, seen, ArrivalHistory.Empty, PoolState.Empty with { Desired = 6 });

        Assert.Equal((6, 6), (decision.From, decision.To));
        Assert.Equal([Reasons.MetricGap], decision.Reasons);
        Assert.Equal(6, state.Desired);
    }

    [Fact]
    public void Unknown_reading_of_one_policy_holds_against_the_others()
    {
        var pool = A.Pool(Threshold) with { Policies = [new StaticPolicy(2), Threshold] };

        var (decision, _) = ScalingEngine.Decide(pool, A.LoadUnknown(0), ArrivalHistory.Empty, PoolState.Empty with { Desired = 6 });

        Assert.Equal(6, decision.To);
    }

    [Fact]
    public void Policy_that_needs_no_reading_goes_on_without()
    {
        var (decision, _) = ScalingEngine.Decide(A.Pool(new StaticPolicy(4)), A.LoadUnknown(0), ArrivalHistory.Empty, PoolState.Empty with { Desired = 6 });

        Assert.Equal(4, decision.To);
    }

    [Fact]
    public void Decision_tells_what_each_limiter_cost()
    {
        var pool = A.Pool(new StaticPolicy(50), 1, 10, 1, new HoldLimiter(TimeSpan.Zero, TimeSpan.Zero), new RateLimiter(A.Side(0, 2, TimeSpan.FromMinutes(1)), null));

        var (decision, _) = ScalingEngine.Decide(pool, A.Seen(0, workers: 4), ArrivalHistory.Empty, PoolState.Empty with { Desired = 4 });

        var step = Assert.Single(decision.Steps);
        Assert.Equal((Reasons.Rate, 50, 6, 10), (step.Reason, step.From, step.To, step.Without));
    }

    [Fact]
    public void State_goes_through_its_bytes_unchanged()
    {
        var pool = A.Pool(new LatencyPolicy(0.99, TimeSpan.FromSeconds(5)), 1, 50, 2, new HoldLimiter(null, TimeSpan.Zero), new RateLimiter(A.Side(100, 4, TimeSpan.FromSeconds(15)), null));
        var (straight, stored) = (PoolState.Empty, PoolState.Empty);
        var random = new Random(11);

        for (var tick = 0; tick < 300; tick++)
        {
            var seen = Histories.Seen(random, tick);
            (var one, straight) = ScalingEngine.Decide(pool, seen, ArrivalHistory.Empty, straight);
            (var other, stored) = ScalingEngine.Decide(pool, seen, ArrivalHistory.Empty, PoolState.FromBytes(stored.ToBytes()));

            Assert.Equal(DecisionText.ExplainFully(one), DecisionText.ExplainFully(other));
            Assert.Equal(straight.ToBytes(), stored.ToBytes());
        }

        Assert.InRange(stored.ToBytes().Length, 1, 64 * 1024);
    }

    [Fact]
    public void The_last_cold_start_is_remembered_when_nobody_is_there_to_be_measured()
    {
        var seen = A.Seen(0, workers: 1);
        var (_, state) = ScalingEngine.Decide(
            A.Pool(new StaticPolicy(1)), seen with { Fleet = Reading.Known(seen.Fleet.Value! with { ColdStartSeconds = 7 }, 0) }, ArrivalHistory.Empty, PoolState.Empty);

        var (decision, _) = ScalingEngine.Decide(A.Pool(new StaticPolicy(1)), A.Seen(5, workers: 0), ArrivalHistory.Empty, state);

        Assert.Equal(7, decision.Observation.Fleet.Value?.ColdStartSeconds);
    }

    [Fact]
    public void State_of_another_version_is_forgotten() =>
        Assert.Null(PoolState.FromBytes("""{"version":2,"desired":7,"policies":{},"limiters":{}}"""u8).Desired);

    /// <summary>Every policy and limiter, gaps, clocks that jump, counters that fall, samples that are late.</summary>
    [Fact]
    public void Ten_thousand_random_histories_never_break_the_bounds()
    {
        for (var seed = 0; seed < 10_000; seed++)
        {
            var (random, state) = (new Random(seed), PoolState.Empty);
            var (pool, history) = (Histories.Pool(random), new ArrivalHistory(60, 1_772_409_600, []));
            for (var tick = 0; tick < 30; tick++)
            {
                var seen = Histories.Seen(random, tick);
                history.Add(seen.Epoch, random.Next(100));
                var (decision, next) = ScalingEngine.Decide(pool, seen, history, state);

                var isWalled = decision.Steps.Any(static s => s.Limiter is "quota" or "memory");
                if ((decision.To < pool.Min && !isWalled) || decision.To < 0 || decision.To > pool.Max || decision.To != next.Desired)
                {
                    Assert.Fail($"seed {seed}, tick {tick}: {DecisionText.Explain(decision)}");
                }

                if (random.Next(40) == 0)
                {
                    var bytes = next.ToBytes();
                    Assert.InRange(bytes.Length, 1, 64 * 1024);
                    Assert.Equal(bytes, PoolState.FromBytes(bytes).ToBytes());
                }

                state = next;
            }
        }
    }
}
