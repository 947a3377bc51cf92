using Naq.Scaling.Decisions;
using Naq.Scaling.Observation;
using Naq.Scaling.Policies;

namespace Naq.Scaling.Tests.Policies;

public sealed class BacklogAndBudgetTests
{
    [Theory]
    [InlineData(0, 0, 3, 0)]
    [InlineData(1, 0, 0, 1)] // from no worker any job asks for one
    [InlineData(95, 5, 4, 5)] // 100 / 20
    [InlineData(101, 0, 4, 6)]
    [InlineData(83, 0, 4, 4)] // within 10 % of what four are for
    [InlineData(70, 5, 4, 4)]
    [InlineData(60, 0, 4, 3)]
    public void Backlog_is_divided_as_the_hpa_does(int waiting, int running, int current, int expected)
    {
        var (decision, _) = ScalingEngine.Decide(
            A.Pool(new BacklogPolicy(20), min: 0, max: 100), Seen(waiting, running), ArrivalHistory.Empty, PoolState.Empty with { Desired = current });

        Assert.Equal(expected, decision.Wish);
    }

    [Theory]
    [InlineData(8, 0, 20, 28)]
    [InlineData(0, 25, 20, 25)]
    [InlineData(8, 25, 100, 125)]
    public void Budget_keeps_room_and_says_what_it_costs(int spare, double percent, int running, int slots)
    {
        var (decision, _) = ScalingEngine.Decide(
            A.Pool(new BudgetPolicy(spare, percent), max: 100, concurrency: 4), Seen(0, running), ArrivalHistory.Empty, PoolState.Empty);

        Assert.Equal(slots, decision.Proposals[0].Slots);
        Assert.Equal(24 * Math.Ceiling((slots - running) / 4.0), decision.Proposals[0].Numbers["spare_worker_hours_per_day"]);
    }

    private static PoolObservation Seen(int waiting, int running)
    {
        var seen = A.Seen(0, ready: waiting);
        return seen with { Load = Reading.Known(seen.Load.Value! with { InFlight = running }, 0) };
    }
}
