using Microsoft.Extensions.Time.Testing;
using Naq.Brokers;
using Naq.Scaling.Decisions;
using Naq.Scaling.Limiters;
using Naq.Scaling.Policies;
using Naq.Scaling.Pools;

namespace Naq.Scaling.Tests.Decisions;

public sealed class DecisionLogTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
    private readonly FakeTimeProvider _time = new(Noon);
    private readonly IClusterStore _cluster;
    private readonly DecisionLog _log;

    public DecisionLogTests()
    {
        _cluster = MemoryBroker.Open(time: _time).Cluster;
        _log = new(_cluster);
    }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Decision_is_read_back_with_all_its_reasons()
    {
        var pool = A.Pool(new ThresholdPolicy(20, 5, 10, null), 1, 12, 1, new HoldLimiter(null, TimeSpan.Zero));
        var (decision, state) = ScalingEngine.Decide(pool, A.Seen(7, ready: 200, workers: 3), ArrivalHistory.Empty, PoolState.Empty);
        decision = decision with { Number = 1, Epoch = 4, DecidedAt = Noon, Override = new(Max: 12) };

        await _log.RecordAsync(decision, state, Ct);

        var read = Assert.Single(await _log.NewestAsync("cpu", 10, Ct));
        Assert.Equal(DecisionText.ExplainFully(decision), DecisionText.ExplainFully(read));
        Assert.Equal((4, Noon, new(Max: 12)), (read.Epoch, read.DecidedAt, read.Override));
        Assert.Equal(state.ToBytes(), (await _log.LastStateAsync("cpu", Ct)).ToBytes());
        Assert.Equal(["cpu"], await _log.PoolsAsync(Ct));
    }

    [Fact]
    public async Task History_is_newest_first_and_knows_what_was_in_force()
    {
        for (var n = 1; n <= 5; n++)
        {
            await RecordAsync(n, Noon.AddMinutes(n), to: n * 2);
        }

        Assert.Equal([5, 4, 3], (await _log.NewestAsync("cpu", 3, Ct)).Select(static d => d.Number));
        Assert.Equal(3, (await _log.InForceAtAsync("cpu", Noon.AddMinutes(3.5), Ct))?.Number);
        Assert.Null(await _log.InForceAtAsync("cpu", Noon, Ct));
    }

    [Fact]
    public async Task Only_the_newest_thousand_are_kept()
    {
        for (var n = 1; n <= DecisionLog.Kept + 20; n++)
        {
            await RecordAsync(n, Noon, to: 1);
        }

        var kept = await _log.NewestAsync("cpu", int.MaxValue, Ct);
        Assert.Equal((DecisionLog.Kept, 21), (kept.Count, kept[^1].Number));
    }

    [Fact]
    public async Task Manual_orders_are_read_back_and_taken_back()
    {
        await PoolOverride.WriteAsync(_cluster, "cpu", new(Min: 2, Workers: 5), Ct);
        Assert.Equal(new(Min: 2, Workers: 5), await PoolOverride.ReadAsync(_cluster, "cpu", Ct));

        await PoolOverride.WriteAsync(_cluster, "cpu", null, Ct);
        Assert.Null(await PoolOverride.ReadAsync(_cluster, "cpu", Ct));
    }

    [Fact]
    public async Task Impossible_orders_are_refused()
    {
        _ = await Assert.ThrowsAsync<NaqConfigurationException>(async () => await PoolOverride.WriteAsync(_cluster, "cpu", new(Min: 5, Max: 4), Ct));
        _ = await Assert.ThrowsAsync<NaqConfigurationException>(async () => await PoolOverride.WriteAsync(_cluster, "cpu", new(Workers: -1), Ct));
    }

    private ValueTask RecordAsync(long number, DateTimeOffset at, int to)
    {
        var (decision, state) = ScalingEngine.Decide(A.Pool(new StaticPolicy(to), max: 20), A.Seen(0), ArrivalHistory.Empty, PoolState.Empty);
        return _log.RecordAsync(decision with { Number = number, DecidedAt = at }, state, Ct);
    }
}
