namespace Naq.Tests.Jobs;

public sealed class RetryPolicyTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(3, 4)]
    [InlineData(6, 32)]
    [InlineData(7, 60)]
    [InlineData(1000, 60)]
    public void Exponential_delays_are_spread_from_nothing_to_their_bound(int attempt, int boundSeconds)
    {
        var policy = RetryPolicy.Exponential(1000, Second, 60 * Second);
        var random = new Random(42);

        var delays = Enumerable.Range(0, 2000).Select(_ => policy.DelayAfter(attempt, random).TotalSeconds).ToList();

        Assert.All(delays, delay => Assert.InRange(delay, 0, boundSeconds));
        Assert.InRange(delays.Average(), 0.47 * boundSeconds, 0.53 * boundSeconds);
        Assert.True(delays.Min() < 0.05 * boundSeconds);
        Assert.True(delays.Max() > 0.95 * boundSeconds);
    }

    [Fact]
    public void The_same_seed_gives_the_same_delays()
    {
        static TimeSpan Delay() => RetryPolicy.Default.DelayAfter(5, new Random(7));

        Assert.Equal(Delay(), Delay());
    }

    [Theory]
    [InlineData(1, 2)]
    [InlineData(3, 6)]
    [InlineData(4, 7)]
    [InlineData(1000, 7)]
    public void Linear_delays_grow_by_the_first_up_to_the_cap(int attempt, int seconds) =>
        Assert.Equal(seconds * Second, RetryPolicy.Linear(5, 2 * Second, 7 * Second).DelayAfter(attempt, new Random(1)));

    [Theory]
    [InlineData(1)]
    [InlineData(9)]
    public void Fixed_delays_are_always_the_same(int attempt) =>
        Assert.Equal(3 * Second, RetryPolicy.Fixed(5, 3 * Second).DelayAfter(attempt, new Random(1)));

    [Fact]
    public void No_delay_of_any_growth_is_longer_than_the_cap() =>
        Assert.Equal(Second, new RetryPolicy(5, Backoff.Constant, 3 * Second, Second).DelayAfter(1, new Random(1)));

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 5)]
    [InlineData(3, 30)]
    [InlineData(9, 30)]
    public void Explicit_delays_win_and_the_last_serves_on(int attempt, int seconds)
    {
        var policy = RetryPolicy.Default with { Delays = [Second, 5 * Second, 30 * Second] };

        Assert.Equal(seconds * Second, policy.DelayAfter(attempt, new Random(1)));
    }

    [Fact]
    public void Attempts_count_from_one() =>
        Assert.Throws<ArgumentOutOfRangeException>(static () => RetryPolicy.Default.DelayAfter(0, new Random(1)));

    [Fact]
    public void It_gives_up_on_the_exceptions_it_was_told_and_on_what_derives_from_them()
    {
        var policy = RetryPolicy.Default.GiveUpOn<ArgumentException>().GiveUpOn<FormatException>();

        Assert.True(policy.GivesUpOn(new ArgumentException()));
        Assert.True(policy.GivesUpOn(new ArgumentNullException()));
        Assert.True(policy.GivesUpOn(new FormatException()));
        Assert.False(policy.GivesUpOn(new InvalidOperationException()));
        Assert.False(RetryPolicy.Default.GivesUpOn(new ArgumentException()));
    }

    [Fact]
    public void What_it_gives_up_on_stays_when_something_else_changes() =>
        Assert.True((RetryPolicy.Default.GiveUpOn<FormatException>() with { MaxAttempts = 2 }).GivesUpOn(new FormatException()));

    [Fact]
    public void The_defaults_are_sound()
    {
        Assert.Null(RetryPolicy.Default.Fault());
        Assert.Null(RetryPolicy.None.Fault());
        Assert.Equal(1, RetryPolicy.None.MaxAttempts);
    }

    [Theory]
    [InlineData(0, 0, 0, "attempts 0")]
    [InlineData(1001, 0, 0, "attempts 1001")]
    [InlineData(5, -1, 0, "negative")]
    [InlineData(5, 0, 101, "101 retry delays")]
    public void A_policy_says_what_is_wrong_with_it(int attempts, int delaySeconds, int delays, string fault)
    {
        var policy = RetryPolicy.Fixed(attempts, delaySeconds * Second) with { Delays = [.. Enumerable.Repeat(Second, delays)] };

        Assert.Contains(fault, policy.Fault(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_negative_explicit_delay_is_wrong() => Assert.NotNull((RetryPolicy.Default with { Delays = [Second, -Second] }).Fault());
}
