namespace Naq.Nats.Tests.Faults;

/// <summary>A feed of many queues looks at all of them in one request, and misses nothing that nobody hints at.</summary>
public sealed class ManyLanesTests : FaultTest
{
    private const int Queues = 10;

    [Fact]
    public async Task Jobs_of_many_queues_come_back_when_their_leases_are_over()
    {
        var server = await StartAsync();
        var options = new NatsBrokerOptions { Url = server.Url, LeaseDuration = Lease, WatchEvery = TimeSpan.FromHours(1) };
        var (dead, living) = (await OpenAsync(options), await OpenAsync(options));
        await EnqueueAsync(dead, [.. Enumerable.Range(0, Queues).Select(static queue => Job($"many-{queue}"))]);

        // Whoever took them first does not extend: as if its process were gone.
        await using var lost = await OpenFeedAsync(dead, "lost");
        Assert.Equal(Queues, (await ClaimAsync(lost)).Count);
        await using var found = await OpenFeedAsync(living, "found");
        var again = await ClaimAsync(found);

        Assert.Equal(Queues, again.Select(static job => job.Lease.Id).Distinct().Count());
        Assert.All(again, static job => Assert.Equal(1, job.Interruptions));
        Assert.Equal(0, Log.Count(2124));
    }

    private static async Task<IJobFeed> OpenFeedAsync(Broker broker, string worker)
    {
        var feed = await broker.Jobs.OpenFeedAsync(new([new("many-*")]) { Worker = worker }, Ct);
        feed.Grant(Queues);
        return feed;
    }

    private static async Task<List<ClaimedJob>> ClaimAsync(IJobFeed feed)
    {
        var (jobs, buffer) = (new List<ClaimedJob>(), new ClaimedJob[Queues]);
        using var patience = Within(TimeSpan.FromSeconds(10));
        while (jobs.Count < Queues)
        {
            var count = await feed.ReadAsync(buffer, patience.Token);
            jobs.AddRange(buffer[..count]);
        }

        return jobs;
    }
}
