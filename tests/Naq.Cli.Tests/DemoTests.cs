using Naq.Cli.BuiltIns;
using Naq.Cli.Demo;
using Naq.Scaling.Traffic;

namespace Naq.Cli.Tests;

/// <summary>The arithmetic of the demo.</summary>
public sealed class DemoTests
{
    [Fact]
    public void The_embedded_day_has_its_jobs()
    {
        var demo = new DemoOptions { Trace = ArrivalTraces.MatchDay() };
        var arrivals = demo.Arrivals();

        Assert.Equal(32_444, arrivals.Length);
        Assert.True(arrivals[^1] is > 89 and < 90);
        Assert.Equal(arrivals.Order(), arrivals);
        Assert.Equal(arrivals, demo.Arrivals());
        Assert.All((demo with { Duration = TimeSpan.FromSeconds(5) }).Arrivals(), static at => Assert.True(at < 5));
    }

    [Fact]
    public void The_smallest_fleet_has_no_slot_to_spare()
    {
        // 100 jobs a second of 40 ms keep 4 slots exactly busy.
        double[] arrivals = [.. Enumerable.Range(0, 10_000).Select(static i => i / 100.0)];

        Assert.Equal(1, StaticFleet.Smallest(arrivals, held: 0.040, concurrency: 4, patience: 2, missShare: 0.01));
        Assert.Equal(2, StaticFleet.Smallest(arrivals, held: 0.044, concurrency: 4, patience: 2, missShare: 0.01));
        Assert.Equal(4, StaticFleet.Smallest(arrivals, held: 0.040, concurrency: 1, patience: 2, missShare: 0.01));
    }

    [Fact]
    public void A_burst_may_miss_its_share()
    {
        // A hundred at once on one slot: job i waits i · 100 ms; two of a hundred wait longer than 9.75 s.
        var arrivals = new double[100];

        Assert.Equal(1, StaticFleet.Smallest(arrivals, held: 0.1, concurrency: 1, patience: 9.75, missShare: 0.02));
        Assert.Equal(2, StaticFleet.Smallest(arrivals, held: 0.1, concurrency: 1, patience: 9.75, missShare: 0.01));
    }

    [Fact]
    public void Lost_stuck_and_doubled_jobs_are_told_apart()
    {
        JobId[] ids = [.. Enumerable.Range(0, 4).Select(static _ => new JobId(Guid.NewGuid()))];
        LedgerLine[] lines = [Line(ids[0], 100), Line(ids[0], 900), Line(ids[1], 3000), Line(new JobId(Guid.NewGuid()), 1)];

        var tally = Tally.Of(ids, new HashSet<JobId> { ids[2] }, lines);

        Assert.Equal((1, 1), (tally.Lost, tally.Duplicates));
        Assert.Equal([100, 3000], tally.WaitsMs);
        Assert.Equal(75, tally.MissPercent(ids.Length, TimeSpan.FromSeconds(2)));
    }

    [Theory]
    [InlineData(0.5, 50)]
    [InlineData(0.95, 95)]
    [InlineData(0.99, 99)]
    [InlineData(1, 100)]
    public void Percentiles_are_of_the_nearest_rank(double share, double expected)
    {
        var tally = Tally.Of([], new HashSet<JobId>(), []) with { WaitsMs = [.. Enumerable.Range(1, 100)] };

        Assert.Equal(expected, tally.WaitAt(share));
    }

    private static LedgerLine Line(JobId id, double waitMs) => new(id.ToString(), 1, 1, 1, waitMs, 40);
}
