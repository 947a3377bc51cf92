using Naq.Scaling.Decisions;
using Naq.Scaling.Observation;
using Naq.Scaling.Policies;
using Naq.Scaling.Policies.Seasons;

namespace Naq.Scaling.Tests.Policies.Seasons;

/// <summary>What the past says about the number of workers, and what it does not.</summary>
public sealed class SeasonPoliciesTests
{
    private const double Monday = 1_772_409_600;
    private const double Hour = 3600;
    private const double Day = 86400;

    private static readonly IScalingPolicy[] All =
    [
        new ForecastPolicy(TimeSpan.FromMinutes(30)), new PredictivePolicy(TimeSpan.FromMinutes(30)), new SpikePolicy(TimeSpan.FromSeconds(30)),
    ];

    public static TheoryData<string> Names => [.. All.Select(static p => p.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Without_a_past_a_policy_has_no_opinion_and_the_number_stays(string name)
    {
        var pool = A.Pool(All.First(p => p.Name == name), max: 20);

        var (decision, _) = ScalingEngine.Decide(pool, Seen(Monday), ArrivalHistory.Empty, PoolState.Empty with { Desired = 7 });

        Assert.Equal(7, decision.To);
        Assert.Contains("nothing is known of the past", DecisionText.Explain(decision), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Without_a_past_a_policy_does_not_stand_in_the_way_of_another(string name)
    {
        var pool = A.Pool(new StaticPolicy(2), max: 20) with { Policies = [All.First(p => p.Name == name), new StaticPolicy(2)] };

        var (decision, _) = ScalingEngine.Decide(pool, Seen(Monday), ArrivalHistory.Empty, PoolState.Empty with { Desired = 7 });

        Assert.Equal(2, decision.Wish);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void An_unknown_backlog_holds(string name)
    {
        var pool = A.Pool(All.First(p => p.Name == name), max: 20);

        var (decision, _) = ScalingEngine.Decide(pool, A.LoadUnknown(0), Daily(3), PoolState.Empty with { Desired = 7 });

        Assert.Equal((7, Reasons.MetricGap), (decision.To, decision.Reasons[0]));
    }

    [Fact]
    public void Forecast_orders_before_the_morning_rise_and_not_in_the_night()
    {
        var policy = new ForecastPolicy(TimeSpan.FromMinutes(30));

        var night = Propose(policy, Daily(6, 3 * Hour), Monday + (6 * Day) + (3 * Hour));
        var before = Propose(policy, Daily(6, 7.75 * Hour), Monday + (6 * Day) + (7.75 * Hour));

        Assert.InRange(night, 0.5, 3);
        Assert.InRange(before, 9, 30);
    }

    [Fact]
    public void Predictive_takes_the_mean_of_the_same_hour_of_past_weeks()
    {
        var policy = new PredictivePolicy(TimeSpan.FromMinutes(30));
        var history = Daily(15, 7.75 * Hour);

        Assert.InRange(PredictivePolicy.UsualRate(history, Monday + (14 * Day) + (8.25 * Hour)) ?? -1, 9, 11);
        Assert.InRange(Propose(policy, history, Monday + (15 * Day) + (7.75 * Hour)), 9, 22);
        Assert.Null(PredictivePolicy.UsualRate(Daily(3), Monday + (3 * Day)));
    }

    [Fact]
    public void Spike_is_there_for_the_full_hour_and_gone_after_it()
    {
        var policy = new SpikePolicy(TimeSpan.FromSeconds(10));
        var history = Hourly(hours: 30);
        var hour = Monday + (30 * Hour);

        Assert.Equal(0, Propose(policy, history, hour - 1200));
        Assert.InRange(Propose(policy, history, hour - 4), 85, 95);
        Assert.InRange(Propose(policy, history, hour + 5), 85, 95);
        Assert.Equal(0, Propose(policy, history, hour + 600));
    }

    private static double Propose(IScalingPolicy policy, ArrivalHistory history, double epoch)
    {
        var state = PoolState.Empty;
        for (var second = 10; second >= 0; second -= 5)
        {
            (var decision, state) = ScalingEngine.Decide(A.Pool(policy, max: 100), Seen(epoch, 100 - second), history, state);
            if (second == 0)
            {
                return decision.Proposals[0].Slots ?? -1;
            }
        }

        return -1;
    }

    /// <summary>A pool of jobs of one second, 10,000 of which have run.</summary>
    private static PoolObservation Seen(double epoch, double at = 100)
    {
        var seen = A.Seen(at, workers: 2);
        var fleet = seen.Fleet.Value! with { ServiceCount = 10_000, ServiceSeconds = 10_000, ServiceSecondsSquared = 20_000, ColdStartSeconds = 2 };
        return seen with { Epoch = epoch, Fleet = Reading.Known(fleet, at) };
    }

    /// <summary>One job a second by night, ten from 8 to 18 o'clock.</summary>
    private static ArrivalHistory Daily(int days, double more = 0) => new(60, Monday,
        [.. Enumerable.Range(0, (int)(((days * Day) + more) / 60)).Select(static m => m % 1440 is >= 480 and < 1080 ? 600.0 : 60)]);

    /// <summary>One job a second, and 1,000 in the first minute of each hour.</summary>
    private static ArrivalHistory Hourly(int hours) =>
        new(60, Monday, [.. Enumerable.Range(0, hours * 60).Select(static m => m % 60 == 0 ? 1000.0 : 60)]);
}
