using Naq.Scaling.Decisions;
using Naq.Scaling.Limiters;
using Naq.Scaling.Policies;

namespace Naq.Scaling.Tests.Decisions;

public sealed class DecisionTextTests
{
    private static readonly ThresholdPolicy Threshold = new(20, 5, 10, null);

    [Fact]
    public void Growth_names_what_asked_and_what_cut() => Assert.Equal(
        "8 → 10: 13 slots (13 workers) as 60 pending are above 20 (threshold); cut to the maximum 10",
        Explain(A.Pool(Threshold), ready: 60, desired: 8));

    [Fact]
    public void Held_release_names_the_hold() => Assert.Equal(
        "stays at 8: 7 slots (7 workers) as 0 pending are low enough for one worker less (threshold); hold keeps 8 until the lower wish has lasted 300 s, else 7",
        Explain(A.Pool(Threshold, limiters: new HoldLimiter(null, TimeSpan.Zero)), ready: 0, desired: 8));

    [Fact]
    public void Gap_names_what_is_unknown()
    {
        var (decision, _) = ScalingEngine.Decide(A.Pool(Threshold), A.LoadUnknown(0), ArrivalHistory.Empty, PoolState.Empty with { Desired = 4 });

        Assert.Equal("stays at 4: held, as the backlog (broker away) is unknown (threshold)", DecisionText.Explain(decision));
    }

    [Fact]
    public void Order_by_hand_is_named()
    {
        var pool = A.Pool(Threshold).Under(new(Workers: 15));
        var (decision, _) = ScalingEngine.Decide(pool, A.Seen(0), ArrivalHistory.Empty, PoolState.Empty with { Desired = 4 });

        Assert.Equal("4 → 15: 15 workers ordered by hand", DecisionText.Explain(decision with { Override = new(Workers: 15) }));
    }

    private static string Explain(Scaling.Pools.PoolConfig pool, long ready, int desired)
    {
        var (decision, _) = ScalingEngine.Decide(pool, A.Seen(0, ready, desired), ArrivalHistory.Empty, PoolState.Empty with { Desired = desired });
        return DecisionText.Explain(decision);
    }
}
