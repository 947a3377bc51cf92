namespace Naq.Nats.Tests.Faults;

/// <summary>A server that is far away.</summary>
public sealed class SlowServerTests : FaultTest
{
    [Fact]
    public async Task Everything_works_at_50_ms_each_way_and_nothing_is_over_claimed()
    {
        var network = Behind(await StartAsync());
        network.Delay = TimeSpan.FromMilliseconds(50);
        var broker = await OpenAsync(new NatsBrokerOptions { Url = network.Url, LeaseDuration = TimeSpan.FromSeconds(8) });
        var worker = await WorkAsync(broker, slots: 8, TimeSpan.FromMilliseconds(10));

        await EnqueueAsync(broker, Some(100));
        var unique = Job("unique") with { Unique = UniqueKey.Of("test.job", new("key")) };
        await EnqueueAsync(broker, unique);
        var second = Assert.Single(await broker.Jobs.EnqueueAsync([Job("other") with { Unique = unique.Unique }], Ct));
        var cancelled = await broker.Jobs.CancelAsync(unique.Id, Ct);

        await UntilAsync(async () => Assert.Single(await broker.Jobs.CountsAsync([Queue], Ct)) is { Ready: 0, InFlight: 0 }, TimeSpan.FromSeconds(30), "every job ran");
        Assert.Equal((EnqueueStatus.Duplicate, CancelResult.Cancelled), (second.Status, cancelled));
        Assert.Equal((100, 0), (worker.Ran.Count, worker.Lost));
        Assert.InRange(worker.MostHeld, 1, 8);
    }

    /// <summary>An answer takes longer than a question usually does: no second one is sent for the same credits.</summary>
    [Fact]
    public async Task A_question_that_takes_longer_than_usual_is_not_asked_twice()
    {
        var server = await StartAsync();
        var network = Behind(server);
        var options = new NatsBrokerOptions { Url = network.Url, LeaseDuration = TimeSpan.FromSeconds(20) };
        var (far, near) = (await OpenAsync(options), await OpenAsync(options with { Url = server.Url }));
        await EnqueueAsync(near, Some(100));
        var feed = await FeedAsync(far, Queue);
        network.Delay = TimeSpan.FromMilliseconds(700);

        feed.Grant(3);
        var most = 0L;
        var reading = ReadAsync(feed, 3, TimeSpan.FromSeconds(20));
        while (!reading.IsCompleted)
        {
            most = Math.Max(most, Assert.Single(await near.Jobs.CountsAsync([Queue], Ct)).InFlight);
            await Task.WhenAny(reading, Task.Delay(TimeSpan.FromMilliseconds(20), Clock, Ct));
        }

        Assert.Equal(3, (await reading).Count);
        Assert.Equal(3, most);
        network.Delay = TimeSpan.Zero;
    }
}
