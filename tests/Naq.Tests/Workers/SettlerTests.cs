using Microsoft.Extensions.Logging.Abstractions;
using Naq.Brokers;
using Naq.Workers;

namespace Naq.Tests.Workers;

public sealed class SettlerTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(8, 10, "4 4 2")]
    [InlineData(1, 3, "1 1 1")]
    [InlineData(5000, 1100, "500 500 100")]
    public async Task No_write_takes_more_than_half_of_what_may_be_held(int mostHeld, int ends, string expected)
    {
        await using var broker = MemoryBroker.Open();
        await using var feed = await broker.Jobs.OpenFeedAsync(new([new("default")]) { Worker = "w" }, Ct);
        var jobs = new JobClient(broker, TimeProvider.System);
        _ = await jobs.EnqueueRawAsync([.. Enumerable.Range(0, ends).Select(static _ => new RawJob("test.note", "{}"u8.ToArray(), new()))], Ct);
        feed.Grant(ends);
        var claimed = new ClaimedJob[ends];
        for (var taken = 0; taken < ends;)
        {
            taken += await feed.ReadAsync(claimed.AsMemory(taken), Ct);
        }

        var leases = new LeaseKeeper(broker.Jobs, TimeProvider.System);
        var settler = new Settler(broker.Jobs, leases, mostHeld, TimeProvider.System, NullLogger.Instance);
        foreach (var job in claimed)
        {
            settler.End(leases.Add(job), new Settlement(job.Lease, SettleKind.Succeed));
        }

        settler.Complete();
        var writes = new List<int>();
        await settler.RunAsync(writes.Add);

        Assert.Equal(expected, string.Join(' ', writes));
        Assert.Equal((0, 0L), (leases.Count, settler.TooLate));
        Assert.Equal(0, (await broker.Jobs.CountsAsync(["default"], Ct))[0].InFlight);
    }
}
