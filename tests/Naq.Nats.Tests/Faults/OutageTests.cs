namespace Naq.Nats.Tests.Faults;

/// <summary>The server goes away, or stands still, and comes back.</summary>
public sealed class OutageTests : FaultTest
{
    [Fact]
    public async Task Producers_and_workers_go_on_within_5_s_of_the_servers_return()
    {
        var server = await StartAsync();
        var (producer, consumer) = (await OpenAsync(server.Url), await OpenAsync(server.Url));
        var worker = await WorkAsync(consumer, slots: 4, TimeSpan.FromMilliseconds(20));
        var before = Some(100);
        await EnqueueAsync(producer, before);

        await server.KillAsync();
        NewJob[] during = Some(10);
        var enqueuing = EnqueueSurelyAsync(producer, during, TimeSpan.FromSeconds(30));
        await Task.Delay(TimeSpan.FromSeconds(1), Clock, Ct);
        await server.StartAsync(Ct);

        var (back, then) = (Clock.GetTimestamp(), worker.Ran.Count);
        await enqueuing;
        await UntilAsync(() => Task.FromResult(worker.Ran.Count > then), TimeSpan.FromSeconds(20), "jobs run again");
        Assert.InRange(Clock.GetElapsedTime(back), TimeSpan.Zero, TimeSpan.FromSeconds(5));
        await UntilAsync(() => Task.FromResult(worker.Ran.Select(static job => job.Id).Distinct().Count() == 110), TimeSpan.FromSeconds(20), "every job ran");
        Assert.Equal((1, 1), (Log.Count(2101) / 2, Log.Count(2102) / 2));
    }

    [Fact]
    public async Task A_stop_shorter_than_a_lease_costs_no_lease_and_claims_nothing_twice()
    {
        var server = await StartAsync();
        var broker = await OpenAsync(new NatsBrokerOptions { Url = server.Url, LeaseDuration = TimeSpan.FromSeconds(8) });
        await EnqueueAsync(broker, Some(150));
        var worker = await WorkAsync(broker, slots: 4, TimeSpan.FromMilliseconds(20));
        await UntilAsync(() => Task.FromResult(worker.Ran.Count > 10), TimeSpan.FromSeconds(10), "it works");

        Signal(server, "STOP");
        await Task.Delay(TimeSpan.FromSeconds(3), Clock, Ct);
        Signal(server, "CONT");

        await UntilAsync(async () => worker.Ran.Count >= 150 && await IsEmptyAsync(broker), TimeSpan.FromSeconds(20), "every job ran");
        Assert.Equal((150, 0), (worker.Ran.Count, worker.Lost));
        Assert.InRange(worker.MostHeld, 1, 4);
    }

    [Fact]
    public async Task A_stop_longer_than_a_lease_repeats_only_what_ran_then()
    {
        const int slots = 4;
        var server = await StartAsync();
        var broker = await OpenAsync(server.Url);
        await EnqueueAsync(broker, Some(150));
        var worker = await WorkAsync(broker, slots, TimeSpan.FromMilliseconds(20));
        await UntilAsync(() => Task.FromResult(worker.Ran.Count > 10), TimeSpan.FromSeconds(10), "it works");

        Signal(server, "STOP");
        await Task.Delay(2 * Lease, Clock, Ct);
        Signal(server, "CONT");

        var back = Clock.GetTimestamp();
        var then = worker.Ran.Count;
        await UntilAsync(() => Task.FromResult(worker.Ran.Count > then), TimeSpan.FromSeconds(20), "it works again");
        Assert.InRange(Clock.GetElapsedTime(back), TimeSpan.Zero, TimeSpan.FromSeconds(5));
        await UntilAsync(() => IsEmptyAsync(broker), TimeSpan.FromSeconds(30), "every job ran");
        Assert.Equal(150, worker.Ran.Select(static job => job.Id).Distinct().Count());

        // What ran then, and what had just ended: its acknowledgement may have been on its way.
        Assert.InRange(worker.Ran.Count, 150, 150 + (2 * slots));
        Assert.InRange(worker.MostHeld, 1, slots);
    }

    private static async Task<bool> IsEmptyAsync(Broker broker) => Assert.Single(await broker.Jobs.CountsAsync([Queue], Ct)) is { Ready: 0, InFlight: 0 };
}
