using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Naq.Brokers;
using Naq.Cluster;
using Naq.Scaling.Decisions;
using Naq.Scaling.Policies;
using Naq.Scaling.Pools;

namespace Naq.Scaling.Tests;

public sealed class AutoscalerTests
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    /// <summary>So long that no lease ends because a busy machine lets virtual time run ahead of the loops.</summary>
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(10);

    private readonly FakeTimeProvider _time = new();
    private readonly Broker _broker;
    private readonly FakeProvisioner _provisioner = new();

    public AutoscalerTests() => _broker = MemoryBroker.Open(time: _time);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Decides_on_the_interval_while_it_leads_and_resigns_when_stopped()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        var decided = new ConcurrentQueue<Decision>();
        var running = Candidate("a", decided, Interval).RunAsync(stop.Token);

        await PumpAsync(() => decided.Count >= 3);
        await stop.CancelAsync();
        await running;

        Assert.All(decided.Zip(decided.Skip(1)), static pair => Assert.True(pair.Second.Observation.At - pair.First.Observation.At >= Interval.TotalSeconds));
        Assert.Null(await Leader.WhoAsync(_broker.Cluster, Autoscaler.Election, Ct));
    }

    [Fact]
    public async Task One_of_two_decides_and_the_other_follows_it()
    {
        using var stopA = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        using var stopB = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        var (byA, byB) = (new ConcurrentQueue<Decision>(), new ConcurrentQueue<Decision>());
        var a = Candidate("a", byA, Interval).RunAsync(stopA.Token);
        await PumpAsync(() => byA.Count >= 2);
        var b = Candidate("b", byB, Interval).RunAsync(stopB.Token);
        await PumpAsync(() => byA.Count >= 6);
        Assert.Empty(byB);

        await stopA.CancelAsync();
        await a;
        await PumpAsync(() => byB.Count >= 2);
        await stopB.CancelAsync();
        await b;

        Assert.True(byB.First().Epoch > byA.Last().Epoch);
        Assert.True(byB.First().Observation.At >= byA.First().Observation.At);
    }

    [Fact]
    public async Task Burst_is_answered_before_the_interval_is_over()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        var decided = new ConcurrentQueue<Decision>();
        var running = Candidate("a", decided, interval: Hour).RunAsync(stop.Token);
        await PumpAsync(() => decided.Count == 1);

        _ = await _broker.Jobs.EnqueueAsync([.. Enumerable.Range(0, 50).Select(_ => Job())], Ct);
        await PumpAsync(() => decided.Count == 2);
        await stop.CancelAsync();
        await running;

        Assert.True(decided.Last().Observation.At < Hour.TotalSeconds);
        Assert.Equal(10, decided.Last().To);
    }

    [Fact]
    public async Task Another_configuration_is_put_in_force_and_what_it_does_not_name_drains()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        var decided = new ConcurrentQueue<Decision>();
        var autoscaler = Candidate("a", decided, Interval);
        var running = autoscaler.RunAsync(stop.Token);
        await PumpAsync(() => decided.Count >= 2);

        autoscaler.Reload(new(Interval, [A.Pool(new StaticPolicy(6)) with { Name = "io", Queues = ["cpu"] }]));
        await PumpAsync(() => decided.Any(static d => d.Pool == "io"));
        var before = decided.Count;
        await PumpAsync(() => decided.Count >= before + 2);
        await stop.CancelAsync();
        await running;

        Assert.All(decided.Skip(before), static d => Assert.Equal(("io", 6), (d.Pool, d.To)));
        Assert.Equal(0, _provisioner.Desired["cpu"]);
        Assert.Equal(6, _provisioner.Desired["io"]);
    }

    [Fact]
    public void Provisioner_that_is_not_there_is_refused()
    {
        var config = new ScalingConfig(TimeSpan.FromSeconds(5), [A.Pool(new StaticPolicy(1)) with { Provisioner = "docker" }]);

        _ = Assert.Throws<NaqConfigurationException>(
            () => new Autoscaler(config, _broker, [_provisioner], LeaderOf("a"), _time, NullLogger<Autoscaler>.Instance));
    }

    private Autoscaler Candidate(string name, ConcurrentQueue<Decision> decided, TimeSpan interval)
    {
        var config = new ScalingConfig(interval, [A.Pool(new LatencyPolicy(0.99, TimeSpan.FromSeconds(5)))]);
        return new(config, _broker, [_provisioner], LeaderOf(name), _time, NullLogger<Autoscaler>.Instance) { Decided = decided.Enqueue };
    }

    private NewJob Job() => new(JobId.New(_time), "naq.noop", "cpu", JobPriority.Normal, "0"u8.ToArray(), new()) { EnqueuedAt = _time.GetUtcNow() };

    private Leader LeaderOf(string name) => new(_broker.Cluster, Autoscaler.Election, name, Lease, _time);

    /// <summary>Lets virtual time pass in tenths, and the loops run in between, until something is so.</summary>
    private async Task PumpAsync(Func<bool> condition)
    {
        for (var n = 0; n < 5_000 && !condition(); n++)
        {
            for (var turn = 0; turn < 20 && !condition(); turn++)
            {
                await Task.Yield();
            }

            _time.Advance(TimeSpan.FromMilliseconds(100));
        }

        Assert.True(condition(), "it never came to be");
    }
}
