using Microsoft.Extensions.Time.Testing;
using Naq.Brokers;
using Naq.Cluster;
using Naq.Scaling.Decisions;

namespace Naq.Scaling.Tests.Cluster;

public sealed class LeaderTests
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(15);
    private readonly FakeTimeProvider _time = new();
    private readonly IClusterStore _cluster;

    public LeaderTests() => _cluster = MemoryBroker.Open(time: _time).Cluster;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task One_of_two_candidates_leads()
    {
        var (a, b) = (Candidate("a"), Candidate("b"));

        Assert.True(await a.CampaignAsync(Ct));
        Assert.False(await b.CampaignAsync(Ct));

        Assert.Equal((true, false), (a.IsLeader, b.IsLeader));
        Assert.Equal(new("a", a.Epoch), await Leader.WhoAsync(_cluster, "autoscaler", Ct));
    }

    [Fact]
    public async Task Epoch_stays_over_renewals_and_grows_with_each_new_holder()
    {
        var (a, b) = (Candidate("a"), Candidate("b"));
        _ = await a.CampaignAsync(Ct);
        var first = a.Epoch;

        for (var renewal = 0; renewal < 10; renewal++)
        {
            _time.Advance(a.Interval);
            Assert.True(await a.CampaignAsync(Ct));
        }

        Assert.Equal(first, a.Epoch);
        _time.Advance(Lease);
        Assert.True(await b.CampaignAsync(Ct));
        Assert.True(b.Epoch > first, $"{b.Epoch} is not above {first}");
        _time.Advance(Lease);
        Assert.True(await a.CampaignAsync(Ct));
        Assert.True(a.Epoch > b.Epoch, $"{a.Epoch} is not above {b.Epoch}");
    }

    [Fact]
    public async Task Dead_leader_is_followed_after_its_lease_and_not_before()
    {
        var (a, b) = (Candidate("a"), Candidate("b"));
        _ = await a.CampaignAsync(Ct);

        _time.Advance(Lease - TimeSpan.FromSeconds(1));
        Assert.False(await b.CampaignAsync(Ct));
        Assert.False(a.IsLeader); // it stops to believe before anybody else may

        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(await b.CampaignAsync(Ct));
    }

    [Fact]
    public async Task Leader_that_slept_learns_that_it_lost()
    {
        var (a, b) = (Candidate("a"), Candidate("b"));
        _ = await a.CampaignAsync(Ct);
        _time.Advance(Lease);
        _ = await b.CampaignAsync(Ct);

        Assert.False(a.IsLeader);
        Assert.False(await a.CampaignAsync(Ct));
        Assert.True(b.IsLeader);
    }

    [Fact]
    public async Task Belief_counts_from_before_the_renewal_was_sent()
    {
        var slow = new SlowStore(_cluster, _time, TimeSpan.FromSeconds(13));
        var leader = new Leader(slow, "autoscaler", "a", Lease, _time);

        Assert.False(await leader.CampaignAsync(Ct)); // both writes took 13 s: 26 s of a 15 s lease are over
        Assert.False(leader.IsLeader);
    }

    [Fact]
    public async Task Resigned_lead_is_free_at_once()
    {
        var (a, b) = (Candidate("a"), Candidate("b"));
        _ = await a.CampaignAsync(Ct);

        await a.ResignAsync(Ct);

        Assert.True(await b.CampaignAsync(Ct));
        Assert.False(a.IsLeader);
    }

    [Fact]
    public async Task Target_of_a_stale_leader_is_refused()
    {
        Assert.True(await new PoolTarget(Epoch: 5, Desired: 3, Decision: 1).TryWriteAsync(_cluster, "cpu", Ct));
        Assert.True(await new PoolTarget(Epoch: 9, Desired: 4, Decision: 2).TryWriteAsync(_cluster, "cpu", Ct));

        Assert.False(await new PoolTarget(Epoch: 5, Desired: 8, Decision: 2).TryWriteAsync(_cluster, "cpu", Ct));

        Assert.Equal(new(9, 4, 2), await PoolTarget.ReadAsync(_cluster, "cpu", Ct));
    }

    private Leader Candidate(string name) => new(_cluster, "autoscaler", name, Lease, _time);
}
