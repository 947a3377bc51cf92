using Naq.Scaling.Limiters;
using Naq.Scaling.Policies;

namespace Naq.Scaling.Tests.Limiters;

public sealed class RateLimiterTests
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(15);

    [Theory]
    [InlineData(100, 0, 5, 10)]
    [InlineData(100, 8, 5, 13)] // the larger of the two
    [InlineData(0, 2, 5, 7)]
    [InlineData(10, 0, 5, 6)] // a share is rounded up
    public void Growth_in_a_period_is_bounded_by_share_or_count(double percent, int workers, int current, int expected) =>
        Assert.Equal(expected, Apply(new(A.Side(percent, workers, Period), null), 0, current, wish: 100, null).Number);

    [Fact]
    public void Allowance_counts_from_the_number_at_the_start_of_the_period()
    {
        var limiter = new RateLimiter(A.Side(0, 2, Period), null);

        var (first, state) = Apply(limiter, 0, 5, wish: 100, null);
        (var second, state) = Apply(limiter, 5, first, wish: 100, state);
        (var third, _) = Apply(limiter, 20, second, wish: 100, state);

        Assert.Equal((7, 7, 9), (first, second, third));
    }

    [Fact]
    public void Shrinking_is_bounded_alike_and_growth_is_then_free()
    {
        var limiter = new RateLimiter(null, A.Side(10, 1, Period));

        Assert.Equal(18, Apply(limiter, 0, 20, wish: 1, null).Number);
        Assert.Equal(90, Apply(limiter, 0, 20, wish: 90, null).Number);
    }

    [Theory]
    [InlineData("Max", 10)]
    [InlineData("Min", 7)]
    [InlineData("Disabled", 5)]
    public void Of_several_rules_one_counts(string select, int expected)
    {
        var side = new RateSide([new(100, 0, Period), new(0, 2, Period)], Enum.Parse<RateSelect>(select));

        Assert.Equal(expected, Apply(new(side, null), 0, 5, wish: 100, null).Number);
    }

    [Theory]
    [InlineData(0, 2, Reasons.ClampMin)]
    [InlineData(11, 10, Reasons.ClampMax)]
    public void Bounds_have_the_last_word(int wish, int expected, string reason)
    {
        var (limit, _) = BoundsLimiter.Instance.Apply(A.LimitInput(current: 5, min: 2, max: 10), wish, null);

        Assert.Equal((expected, reason), (limit.Workers, limit.Reason));
    }

    private static (int Number, LimiterState? State) Apply(RateLimiter limiter, double at, int current, int wish, LimiterState? state)
    {
        var (limit, next) = limiter.Apply(A.LimitInput(current, at: at), wish, state);
        return (limit.Workers, next);
    }
}
