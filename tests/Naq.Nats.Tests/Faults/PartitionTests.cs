namespace Naq.Nats.Tests.Faults;

/// <summary>A worker or a producer that is cut off from its server, while others are not.</summary>
public sealed class PartitionTests : FaultTest
{
    [Fact]
    public async Task A_worker_that_was_cut_off_hands_nothing_back()
    {
        var server = await StartAsync();
        var network = Behind(server);
        var (cutOff, other) = (await OpenAsync(network.Url), await OpenAsync(server.Url));
        await EnqueueAsync(other, Some(6));
        var feed = await FeedAsync(cutOff, Queue);
        var read = await TakeAsync(feed, 4, TimeSpan.FromSeconds(10));
        feed.Grant(2);
        await UntilAsync(async () => (await CountsAsync(other)).InFlight == 6, TimeSpan.FromSeconds(10), "two more wait in the feed");

        network.Cut();
        var others = await TakeAsync(await FeedAsync(other, Queue), 6, 3 * Lease);
        network.Heal();

        SettleKind[] kinds = [SettleKind.Succeed, SettleKind.Retry, SettleKind.Dead, SettleKind.HandBack];
        var late = await cutOff.Jobs.SettleAsync([.. read.Zip(kinds, static (job, kind) => new Settlement(job.Lease, kind) { DueAt = Clock.GetUtcNow() })], Ct);
        await feed.DisposeAsync();
        Assert.All(late, static answer => Assert.Equal(SettleResult.LeaseLost, answer));
        var counts = await CountsAsync(other);
        Assert.Equal((0, 6, 0, 0), (counts.Ready, counts.InFlight, counts.Dead, counts.CompletedTotal));
        var answers = await other.Jobs.SettleAsync([.. others.Select(static job => new Settlement(job.Lease, SettleKind.Succeed))], Ct);
        Assert.All(answers, static answer => Assert.Equal(SettleResult.Settled, answer));
        counts = await CountsAsync(other);
        Assert.Equal((0, 0, 0, 6), (counts.Ready, counts.InFlight, counts.Dead, counts.CompletedTotal));
    }

    [Fact]
    public async Task A_worker_is_back_at_work_within_5_s_of_its_network()
    {
        var server = await StartAsync();
        var network = Behind(server);
        var broker = await OpenAsync(network.Url);
        var worker = await WorkAsync(broker, slots: 4);
        await EnqueueAsync(broker, Job());
        await UntilAsync(() => Task.FromResult(worker.Ran.Count == 1), TimeSpan.FromSeconds(10), "it works");

        network.Cut();
        await EnqueueAsync(await OpenAsync(server.Url), Some(20));
        await Task.Delay(TimeSpan.FromSeconds(1), Clock, Ct);
        network.Heal();

        var back = Clock.GetTimestamp();
        await UntilAsync(() => Task.FromResult(worker.Ran.Count == 21), TimeSpan.FromSeconds(20), "it works again");
        Assert.InRange(Clock.GetElapsedTime(back), TimeSpan.Zero, TimeSpan.FromSeconds(5));
        Assert.Equal(0, Log.Count(2124));
    }

    [Fact]
    public async Task An_enqueue_whose_answer_was_lost_is_stored_once()
    {
        var server = await StartAsync();
        var network = Behind(server);
        var (producer, other) = (await OpenAsync(network.Url), await OpenAsync(server.Url));
        await EnqueueAsync(producer, Job());
        NewJob[] jobs = Some(5);

        network.HoldAnswers();
        var enqueuing = EnqueueSurelyAsync(producer, jobs, TimeSpan.FromSeconds(30));
        await UntilAsync(async () => (await CountsAsync(other)).Ready == 6, TimeSpan.FromSeconds(10), "they are stored");
        network.Cut();
        network.Heal();

        await enqueuing;
        Assert.Equal(6, (await CountsAsync(other)).Ready);
    }

    [Fact]
    public async Task A_settlement_whose_answer_was_lost_is_repeated_once()
    {
        var server = await StartAsync();
        var network = Behind(server);
        var (cutOff, other) = (await OpenAsync(new NatsBrokerOptions { Url = network.Url, LeaseDuration = TimeSpan.FromSeconds(20) }), await OpenAsync(new NatsBrokerOptions { Url = server.Url }));
        await EnqueueAsync(other, Some(3));
        var claimed = await TakeAsync(await FeedAsync(cutOff, Queue), 3, TimeSpan.FromSeconds(10));
        _ = await cutOff.Jobs.SettleAsync([new(claimed[2].Lease, SettleKind.Dead)], Ct);
        Settlement[] settlements = [new(claimed[0].Lease, SettleKind.Retry) { DueAt = Clock.GetUtcNow() }, new(claimed[1].Lease, SettleKind.Dead) { Reason = "attempts" }];

        network.HoldAnswers();
        var settling = SettleSurelyAsync();
        await UntilAsync(async () => (await CountsAsync(other)) is { Dead: 2 }, TimeSpan.FromSeconds(10), "the dead letter is stored");
        network.Cut();
        network.Heal();

        await settling;
        await UntilAsync(async () => (await CountsAsync(other)) is { Ready: 1, Dead: 2, InFlight: 0 }, TimeSpan.FromSeconds(10), "both are settled");
        var again = Assert.Single(await TakeAsync(await FeedAsync(other, Queue), 1, TimeSpan.FromSeconds(10)));
        Assert.Equal((claimed[0].Id, 2, 0), (again.Id, again.Attempt, again.Interruptions));

        async Task SettleSurelyAsync()
        {
            while (true)
            {
                try
                {
                    Assert.All(await cutOff.Jobs.SettleAsync(settlements, Ct), static answer => Assert.Equal(SettleResult.Settled, answer));
                    return;
                }
                catch (BrokerUnavailableException)
                {
                    await Task.Delay(TimeSpan.FromMilliseconds(50), Clock, Ct);
                }
            }
        }
    }

    [Fact]
    public async Task A_worker_that_was_cut_off_learns_of_a_cancellation_afterwards()
    {
        var server = await StartAsync();
        var network = Behind(server);
        var options = new NatsBrokerOptions { Url = network.Url, LeaseDuration = TimeSpan.FromSeconds(20) };
        var (cutOff, other) = (await OpenAsync(options), await OpenAsync(options with { Url = server.Url }));
        await EnqueueAsync(other, Job());
        var claimed = Assert.Single(await TakeAsync(await FeedAsync(cutOff, Queue), 1, TimeSpan.FromSeconds(10)));

        network.Cut();
        Assert.Equal(CancelResult.Requested, await other.Jobs.CancelAsync(claimed.Id, Ct));
        network.Heal();

        await UntilAsync(async () => Assert.Single(await cutOff.Jobs.ExtendAsync([claimed.Lease], Ct)) == LeaseStatus.CancelRequested, TimeSpan.FromSeconds(10), "the worker is told");
    }

    private static async Task<QueueCounts> CountsAsync(Broker broker) => Assert.Single(await broker.Jobs.CountsAsync([Queue], Ct));
}
