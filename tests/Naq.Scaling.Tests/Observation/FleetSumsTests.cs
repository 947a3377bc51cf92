using Naq.Brokers;
using Naq.Cluster;
using Naq.Scaling.Observation;

namespace Naq.Scaling.Tests.Observation;

public sealed class FleetSumsTests
{
    [Fact]
    public void Late_starts_are_counted_over_workers_that_come_and_go()
    {
        var sums = new FleetSums(goal: 5.12);

        _ = sums.Feed([], [Waited("a", 10, 3)]);
        _ = sums.Feed([], [Waited("a", 12, 4), Waited("b", 5, 0)]);
        var fleet = sums.Feed([], [Waited("b", 6, 2)]);

        Assert.Equal((24, 6), (fleet.Started, fleet.StartedLate));
    }

    [Fact]
    public void The_cold_start_is_that_of_nine_in_ten_living_workers()
    {
        var fleet = new FleetSums().Feed([], [.. Enumerable.Range(1, 10).Select(static n => A.Worker($"cpu-{n}") with { ColdStartSeconds = n })]);

        Assert.Equal(9, fleet.ColdStartSeconds);
    }

    [Fact]
    public void The_least_productive_does_least_per_second_and_byte()
    {
        var start = DateTimeOffset.UnixEpoch;
        WorkerRecord Worker(string name, long done, long bytes) => A.Worker(name) with
        {
            ServiceCount = done, MemoryBytes = bytes, StartedAt = start, SeenAt = start + TimeSpan.FromMinutes(1),
        };

        var fleet = new FleetSums().Feed([], [Worker("cpu-1", 100, 100), Worker("cpu-2", 100, 300), Worker("cpu-3", 10, 10)]);

        Assert.Equal(("cpu-2", 3, 410), (fleet.LeastProductive, fleet.Measured, fleet.MemoryBytes));
    }

    [Theory]
    [InlineData(0, 6)]
    [InlineData(0.01, 5)]
    [InlineData(0.015, 4.5)]
    [InlineData(0.02, 4)]
    [InlineData(100_000_000, 0)]
    public void A_histogram_says_how_many_waited_longer(double goal, double expected) =>
        Assert.Equal(expected, WaitHistogram.Above([1, 1, 4], goal), 6);

    [Fact]
    public void Two_pools_on_a_queue_divide_its_jobs()
    {
        var (ours, theirs) = (new SharedQueues(), new SharedQueues());
        QueueCounts Counts(long ready, long total) => new("cpu") { Ready = ready, ReadyTotal = total };
        _ = ours.Divide([Counts(0, 1000)], static _ => 0.75);
        _ = theirs.Divide([Counts(0, 1000)], static _ => 0.25);

        var (mine, other) = (ours.Divide([Counts(100, 1100)], static _ => 0.75)[0], theirs.Divide([Counts(100, 1100)], static _ => 0.25)[0]);
        var later = ours.Divide([Counts(100, 1200)], static _ => 0.5)[0];

        Assert.Equal((75, 25), (mine.Ready, other.Ready));
        Assert.Equal((1075, 1025, 1125), (mine.ReadyTotal, other.ReadyTotal, later.ReadyTotal));
    }

    private static WorkerRecord Waited(string replica, int early, int late)
    {
        var waits = new long[WaitHistogram.BucketOf(10) + 1];
        (waits[0], waits[^1]) = (early, late);
        return A.Worker(replica) with { Started = early + late, Waits = waits };
    }
}
