namespace Naq.Scaling.Tests.Forecasting;

public sealed class ArrivalHistoryTests
{
    private const double Noon = 1_772_452_800;

    [Fact]
    public void Jobs_fall_into_the_bins_of_their_time()
    {
        var history = new ArrivalHistory(60, Noon, []);
        for (var second = 0; second <= 3600; second += 5)
        {
            history.Add(Noon + second, second == 0 ? 0 : 10);
        }

        Assert.Equal(2, history.Rate(Noon + 600, Noon + 1500)!.Value, 0.05);
        Assert.Equal(2, history.Rate(Noon + 2700, Noon + 3600)!.Value, 0.05);
        Assert.Equal(7200, history.Fine.Count(0, history.Fine.End));
        Assert.Equal(7200, history.Coarse.Count(0, history.Coarse.End));
    }

    [Fact]
    public void What_nobody_saw_is_unknown_and_not_empty()
    {
        var history = Steady(until: 3600);

        history.Add(Noon + 3600 + 7200, 50_000);
        for (var second = 5; second <= 3600; second += 5)
        {
            history.Add(Noon + 10_800 + second, 10);
        }

        Assert.Null(history.Rate(Noon + 4500, Noon + 9000));
        Assert.Null(history.Fine[history.Fine.BinAt(Noon + 7200)]);
        Assert.Equal(2, history.Rate(Noon + 900, Noon + 3000)!.Value, 0.05);
        Assert.Equal(2, history.Rate(Noon + 11_700, Noon + 13_500)!.Value, 0.05);
    }

    [Fact]
    public void A_short_gap_is_spread_over_its_bins()
    {
        var history = Steady(until: 3600);

        history.Add(Noon + 4200, 1200);

        Assert.Equal(2, history.Rate(Noon + 3600, Noon + 4200)!.Value, 0.1);
        Assert.All(Enumerable.Range(60, 10), bin => Assert.InRange(history.Fine[bin] ?? -1, 100, 140));
    }

    [Theory]
    [InlineData(3600)]
    [InlineData(86400)]
    [InlineData(3e9)]
    public void A_clock_that_jumps_ahead_and_is_put_right_leaves_what_was_known(double jump)
    {
        var history = Steady(until: 3600);

        history.Add(Noon + 3605 + jump, 10);
        history.Add(Noon + 3610, 10);
        history.Add(Noon + 3615, 10);

        Assert.InRange(history.Fine.End, 1, 70);
        if (jump < 1e9)
        {
            Assert.Equal(2, history.Rate(Noon + 900, Noon + 3000)!.Value, 0.05);
        }
    }

    [Fact]
    public void A_clock_that_goes_back_a_little_moves_nothing()
    {
        var history = Steady(until: 3600);
        var end = history.Fine.End;

        history.Add(Noon + 3570, 10);

        Assert.Equal(end, history.Fine.End);
        Assert.Equal(7210, history.Fine.Count(0, end));
    }

    [Fact]
    public void Only_so_much_is_kept()
    {
        var history = new ArrivalHistory(60, Noon, []);
        for (var minute = 0; minute < 9 * 7 * 1440; minute++)
        {
            history.Add(Noon + (minute * 60), 60);
        }

        Assert.InRange(history.Fine.End - history.Fine.Start, ArrivalHistory.FineBins, ArrivalHistory.FineBins * 9 / 8 + 1);
        Assert.InRange(history.Coarse.End - history.Coarse.Start, ArrivalHistory.CoarseBins, ArrivalHistory.CoarseBins * 9 / 8 + 1);
        var now = Noon + (9 * 7 * 86400);
        Assert.Equal(1, history.Rate(now - (7 * 7 * 86400), now - (7 * 7 * 86400) + 900)!.Value, 0.02);
    }

    private static ArrivalHistory Steady(int until)
    {
        var history = new ArrivalHistory(60, Noon, []);
        history.Add(Noon, 0);
        for (var second = 5; second <= until; second += 5)
        {
            history.Add(Noon + second, 10);
        }

        return history;
    }
}
