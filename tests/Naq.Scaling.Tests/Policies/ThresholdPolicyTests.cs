using System.Collections.Immutable;
using System.Text;
using Naq.Scaling.Decisions;
using Naq.Scaling.Limiters;
using Naq.Scaling.Pools;

namespace Naq.Scaling.Tests.Policies;

/// <summary>The example's SCALING_CONFIG, loaded as it stands there.</summary>
public sealed class ThresholdPolicyTests
{
    internal const string ScalingConfig = """
        {
            "high_priority": { "min_workers": 5, "max_workers": 20, "target_queue_depth": 10, "scale_up_threshold": 20, "scale_down_threshold": 5 },
            "batch_processing": { "min_workers": 2, "max_workers": 50, "target_queue_depth": 100, "scale_up_threshold": 200, "scale_down_threshold": 50 },
            "real_time": { "min_workers": 10, "max_workers": 30, "target_queue_depth": 0, "scale_up_threshold": 5, "scale_down_threshold": 0 }
        }
        """;

    [Theory]
    [InlineData("high_priority", 8, 20, 8)] // not above 20
    [InlineData("high_priority", 8, 21, 10)] // ceil(11 / 10)
    [InlineData("high_priority", 8, 60, 13)] // ceil(50 / 10)
    [InlineData("high_priority", 8, 1000, 20)] // the maximum
    [InlineData("high_priority", 8, 5, 8)] // not below 5
    [InlineData("high_priority", 8, 4, 7)]
    [InlineData("high_priority", 5, 0, 5)] // the minimum
    [InlineData("batch_processing", 10, 200, 10)]
    [InlineData("batch_processing", 10, 201, 12)] // ceil(101 / 100)
    [InlineData("batch_processing", 10, 1100, 20)]
    [InlineData("batch_processing", 10, 49, 9)]
    [InlineData("batch_processing", 2, 0, 2)]
    [InlineData("real_time", 12, 5, 12)]
    [InlineData("real_time", 12, 6, 14)] // ceil(6 / 5)
    [InlineData("real_time", 12, 1, 12)] // a scale_down_threshold of 0 means: nothing pending
    [InlineData("real_time", 12, 0, 11)]
    [InlineData("real_time", 10, 0, 10)]
    public void Example_queue_scales_as_its_thresholds_say(string queue, int workers, long pending, int expected)
    {
        var pool = Load(ScalingConfig).Single(p => p.Name == queue) with { Limiters = [BoundsLimiter.Instance], Worker = new() { Concurrency = 3 } };

        var (decision, _) = ScalingEngine.Decide(pool, A.Seen(0, pending, workers), ArrivalHistory.Empty, PoolState.Empty);

        Assert.Equal(expected, decision.To);
    }

    [Fact]
    public void Retries_due_are_pending()
    {
        var pool = Load(ScalingConfig)[0];

        var (decision, _) = ScalingEngine.Decide(pool, A.Seen(0, ready: 11, due: 10, workers: 8), ArrivalHistory.Empty, PoolState.Empty);

        Assert.Equal(10, decision.To);
    }

    [Fact]
    public void Scale_step_replaces_the_formula()
    {
        var pool = Load(ScalingConfig.Replace("\"scale_up_threshold\": 20,", "\"scale_up_threshold\": 20, \"scale_step\": 4,", StringComparison.Ordinal))[0];

        var (decision, _) = ScalingEngine.Decide(pool, A.Seen(0, ready: 1000, workers: 8), ArrivalHistory.Empty, PoolState.Empty);

        Assert.Equal(12, decision.To);
    }

    [Fact]
    public void One_worker_leaves_after_each_five_minutes_below_the_threshold()
    {
        var pool = Load(ScalingConfig)[0];
        var state = PoolState.Empty with { Desired = 8 };
        var numbers = new List<int>();

        for (var minute = 0; minute <= 11; minute++)
        {
            (var decision, state) = ScalingEngine.Decide(pool, A.Seen(60 * minute), ArrivalHistory.Empty, state);
            numbers.Add(decision.To);
        }

        Assert.Equal([8, 8, 8, 8, 8, 7, 7, 7, 7, 7, 7, 6], numbers);
    }

    private static ImmutableArray<PoolConfig> Load(string json) => ScalingConfigReader.Read(Encoding.UTF8.GetBytes(json)).Pools;
}
