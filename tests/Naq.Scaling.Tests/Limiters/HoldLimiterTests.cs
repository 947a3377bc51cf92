using Naq.Scaling.Limiters;

namespace Naq.Scaling.Tests.Limiters;

public sealed class HoldLimiterTests
{
    [Fact]
    public void Lower_wish_is_followed_once_it_has_lasted() =>
        Assert.Equal([10, 10, 10, 4], Play(TimeSpan.FromSeconds(20), TimeSpan.Zero, current: 10, (0, 10), (10, 4), (29.9, 4), (30, 4)));

    [Fact]
    public void Higher_wish_in_between_starts_the_hold_again() =>
        Assert.Equal([10, 10, 10, 8, 4], Play(TimeSpan.FromSeconds(20), TimeSpan.Zero, current: 10, (0, 4), (10, 8), (15, 4), (20, 4), (36, 4)));

    [Fact]
    public void Wish_counts_until_the_next_one_replaces_it() =>
        Assert.Equal([10, 10, 10, 3], Play(TimeSpan.FromSeconds(5), TimeSpan.Zero, current: 10, (0, 10), (60, 3), (64, 3), (65, 3)));

    [Fact]
    public void First_wish_releases_nothing() =>
        Assert.Equal([10, 2], Play(TimeSpan.FromSeconds(5), TimeSpan.Zero, current: 10, (1000, 2), (1005, 2)));

    [Fact]
    public void Higher_wish_is_followed_at_once_unless_up_is_held()
    {
        Assert.Equal([12], Play(TimeSpan.FromSeconds(20), TimeSpan.Zero, current: 10, (0, 12)));
        Assert.Equal([10, 10, 12], Play(TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(3), current: 10, (0, 12), (2, 14), (3, 12)));
    }

    [Fact]
    public void Pool_that_does_not_say_holds_as_long_as_its_policies_need()
    {
        var hold = new HoldLimiter(null, TimeSpan.Zero);
        var (_, state) = hold.Apply(A.LimitInput(10, 1, 20, 0) with { HoldDown = TimeSpan.FromSeconds(7) }, 2, null);

        Assert.Equal(10, hold.Apply(A.LimitInput(10, 1, 20, 6.9) with { HoldDown = TimeSpan.FromSeconds(7) }, 2, state).Limit.Workers);
        Assert.Equal(2, hold.Apply(A.LimitInput(10, 1, 20, 7) with { HoldDown = TimeSpan.FromSeconds(7) }, 2, state).Limit.Workers);
    }

    [Fact]
    public void Memory_stays_small_whatever_is_wished()
    {
        var random = new Random(3);
        var hold = new HoldLimiter(TimeSpan.FromHours(1), TimeSpan.FromHours(1));
        LimiterState? state = null;
        for (var t = 0; t < 20_000; t++)
        {
            (_, state) = hold.Apply(A.LimitInput(10, 1, 30, t / 5.0) with { HoldDown = TimeSpan.Zero }, random.Next(1, 31), state);
        }

        var wishes = Assert.IsType<HoldState>(state);
        Assert.InRange(wishes.Highest.Length + wishes.Lowest.Length, 1, 60);
    }

    private static List<int> Play(TimeSpan down, TimeSpan up, int current, params ReadOnlySpan<(double At, int Wish)> wishes)
    {
        var hold = new HoldLimiter(down, up);
        LimiterState? state = null;
        var numbers = new List<int>();
        foreach (var (at, wish) in wishes)
        {
            (var limit, state) = hold.Apply(A.LimitInput(current, 0, 100, at) with { HoldDown = TimeSpan.Zero }, wish, state);
            current = limit.Workers;
            numbers.Add(current);
        }

        return numbers;
    }
}
