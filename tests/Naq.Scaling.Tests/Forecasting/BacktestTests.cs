using System.Globalization;
using Naq.Scaling.Traffic;

namespace Naq.Scaling.Tests.Forecasting;

/// <summary>Half an hour ahead, beside "same as now", on every embedded trace with two days of history.</summary>
public sealed class BacktestTests
{
    private const double HalfHour = 1800;

    [Fact]
    public void Forecasts_beat_same_as_now_and_are_never_worse()
    {
        var results = ArrivalTraces.Names.Select(ArrivalTraces.Load)
            .Where(static t => t.History.Count * t.BinSeconds >= 2 * 86400)
            .Select(static t => Backtest.Run(t, HalfHour)).ToList();
        foreach (var r in results)
        {
            TestContext.Current.TestOutputHelper?.WriteLine($"{r.Name,-24} n {r.Forecasts,4} wape {r.Wape:0.000} naive {r.NaiveWape:0.000} ratio {r.WapeRatio:0.000} pinball {r.PinballRatio:0.000}");
        }

        Assert.Equal(5, results.Count);
        Assert.All(results, static r => Assert.True(r.Forecasts > 40, $"{r.Name}: {r.Forecasts}"));
        Assert.All(results, static r => Assert.True(r.WapeRatio <= 1.02, $"{r.Name}: {r.WapeRatio:0.000}"));
        Assert.InRange(GeometricMean(results.Select(static r => r.WapeRatio)), 0, 0.80);
        Assert.InRange(GeometricMean(results.Select(static r => r.PinballRatio)), 0, 0.68);
    }

    [Fact]
    public void Traffic_without_a_pattern_is_forecast_no_worse_than_same_as_now()
    {
        var ratios = new List<double>();
        foreach (var seed in Enumerable.Range(1, 10))
        {
            var walk = Walk(seed, days: 6);
            ratios.Add(Backtest.Run(new("walk", 60, 1_772_409_600, walk[..(3 * 1440)], walk[(3 * 1440)..]), HalfHour).WapeRatio);
        }

        TestContext.Current.TestOutputHelper?.WriteLine(string.Join(' ', ratios.Select(static r => r.ToString("0.000", CultureInfo.InvariantCulture))));
        Assert.InRange(GeometricMean(ratios), 0, 1);
        Assert.All(ratios, static r => Assert.InRange(r, 0, 1.02));
    }

    /// <summary>Poisson counts around a level that wanders without memory of the hour.</summary>
    private static double[] Walk(int seed, int days)
    {
        var (random, level) = (new Random(seed), 3.0);
        var counts = new double[days * 1440];
        foreach (ref var count in counts.AsSpan())
        {
            level += 0.02 * ((2 * random.NextDouble()) - 1);
            count = Poisson(random, Math.Exp(level));
        }

        return counts;
    }

    private static int Poisson(Random random, double mean)
    {
        var (count, left) = (0, mean + Math.Log(1 - random.NextDouble()));
        while (left > 0)
        {
            count++;
            left += Math.Log(1 - random.NextDouble());
        }

        return count;
    }

    private static double GeometricMean(IEnumerable<double> ratios) => Math.Exp(ratios.Average(Math.Log));
}
