using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Naq.Brokers;
using Naq.Scaling.Decisions;
using Naq.Scaling.Limiters;
using Naq.Scaling.Policies;
using Naq.Scaling.Pools;

namespace Naq.Scaling.Tests;

public sealed class PoolScalerTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly Broker _broker;
    private readonly FakeProvisioner _provisioner = new();

    public PoolScalerTests() => _broker = MemoryBroker.Open(time: _time);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Target_is_written_under_the_epoch_before_the_provisioner_acts()
    {
        var scaler = await ScalerAsync(new StaticPolicy(4));

        var decision = await scaler.TickAsync(epoch: 7, Ct);

        Assert.Equal((4, 4), (decision?.To, _provisioner.Replicas));
        Assert.Equal(new(7, 4, 1), await PoolTarget.ReadAsync(_broker.Cluster, "cpu", Ct));
    }

    [Fact]
    public async Task Stale_leader_does_nothing()
    {
        var stale = await ScalerAsync(new StaticPolicy(4));
        _ = await stale.TickAsync(epoch: 7, Ct);
        _ = await new PoolTarget(Epoch: 9, Desired: 2, Decision: 5).TryWriteAsync(_broker.Cluster, "cpu", Ct);
        await PoolOverride.WriteAsync(_broker.Cluster, "cpu", new(Workers: 8), Ct);

        Assert.Null(await stale.TickAsync(epoch: 7, Ct));

        Assert.Equal((4, 1), (_provisioner.Replicas, _provisioner.Applied));
    }

    [Fact]
    public async Task Nothing_is_decided_before_the_fleet_was_seen_once()
    {
        var scaler = await ScalerAsync(new StaticPolicy(4));
        _provisioner.IsAway = true;
        Assert.Null(await scaler.TickAsync(1, Ct));

        _provisioner.IsAway = false;
        Assert.Equal(4, (await scaler.TickAsync(1, Ct))?.To);
    }

    [Fact]
    public async Task Provisioner_that_is_away_is_not_asked_to_act()
    {
        var scaler = await ScalerAsync(new LatencyPolicy(0.99, TimeSpan.FromSeconds(5)));
        _provisioner.Replicas = 6;
        _ = await scaler.TickAsync(1, Ct);
        _provisioner.IsAway = true;

        var decision = await scaler.TickAsync(1, Ct);

        Assert.Equal([Reasons.MetricGap], decision?.Reasons);
        Assert.Equal(6, decision?.To);
        Assert.Equal(1, _provisioner.Applied);
    }

    [Fact]
    public async Task Manual_order_is_honoured_at_the_next_tick_and_until_it_is_taken_back()
    {
        var scaler = await ScalerAsync(new StaticPolicy(4));
        _ = await scaler.TickAsync(1, Ct);
        await PoolOverride.WriteAsync(_broker.Cluster, "cpu", new(Workers: 9), Ct);
        Assert.Equal(9, (await scaler.TickAsync(1, Ct))?.To);
        await PoolOverride.WriteAsync(_broker.Cluster, "cpu", new(Max: 2), Ct);
        Assert.Equal(2, (await scaler.TickAsync(1, Ct))?.To);

        await PoolOverride.WriteAsync(_broker.Cluster, "cpu", null, Ct);

        Assert.Equal(4, (await scaler.TickAsync(1, Ct))?.To);
    }

    [Fact]
    public async Task Changes_and_new_reasons_are_recorded_and_one_a_minute()
    {
        var scaler = await ScalerAsync(new StaticPolicy(4));
        for (var second = 0; second < 150; second++)
        {
            _ = await scaler.TickAsync(1, Ct);
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        var history = await new DecisionLog(_broker.Cluster).NewestAsync("cpu", 100, Ct);
        Assert.Equal([3, 2, 1], history.Select(static d => d.Number));
        Assert.Equal((0, 4), (history[^1].From, history[^1].To));
        Assert.Equal([120.0, 60, 0], history.Select(static d => d.Observation.At));
    }

    [Fact]
    public async Task Next_leader_goes_on_where_the_last_one_was()
    {
        var first = await ScalerAsync(new StaticPolicy(4));
        _time.Advance(TimeSpan.FromSeconds(30));
        _ = await first.TickAsync(1, Ct);
        _provisioner.IsAway = true;

        var next = await ScalerAsync(new StaticPolicy(4));
        var decision = await next.TickAsync(2, Ct);

        Assert.Equal((4, 4, 2), (decision?.From, decision?.To, decision?.Number));
        Assert.Equal(30, decision?.Observation.At);
    }

    private async Task<PoolScaler> ScalerAsync(IScalingPolicy policy)
    {
        var scaler = new PoolScaler(A.Pool(policy, min: 0, limiters: new HoldLimiter(null, TimeSpan.Zero)), _broker, _provisioner, _time, NullLogger.Instance);
        await scaler.LoadAsync(Ct);
        return scaler;
    }
}
