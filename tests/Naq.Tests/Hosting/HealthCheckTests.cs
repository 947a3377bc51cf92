using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Time.Testing;
using Naq.Brokers;
using Naq.Tests.Middleware;

namespace Naq.Tests.Hosting;

public sealed class HealthCheckTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_host_with_a_worker_is_healthy_until_it_drains()
    {
        var builder = Host.CreateApplicationBuilder();
        builder.AddNaq().AddHandler<Note, Writer>().AddWorker(["default"]);
        builder.Services.AddSingleton<Journal>();
        builder.Services.AddSingleton(new BrokerSource("memory", static (services, _) => new(MemoryBroker.Open(new(), services.GetRequiredService<TimeProvider>()))));
        using var host = builder.Build();
        var worker = new WorkerHealthCheck(host.Services);

        Assert.Equal((HealthStatus.Unhealthy, "not started"), await CheckAsync(worker));
        Assert.Equal((HealthStatus.Healthy, null), await CheckAsync(new BrokerHealthCheck(host.Services)));
        await host.StartAsync(Ct);
        var jobs = host.Services.GetRequiredService<IJobClient>();
        _ = await jobs.WaitAsync((await jobs.EnqueueAsync(new Note("a"), ct: Ct)).Id, TimeSpan.FromSeconds(30), Ct);
        Assert.Equal((HealthStatus.Healthy, "running"), await CheckAsync(worker));
        await host.StopAsync(Ct);
        Assert.Equal((HealthStatus.Unhealthy, "draining"), await CheckAsync(worker));
    }

    [Fact]
    public async Task A_host_without_a_worker_is_not_a_healthy_one()
    {
        var builder = Host.CreateApplicationBuilder();
        builder.AddNaq();
        using var host = builder.Build();

        Assert.Equal((HealthStatus.Unhealthy, "this host has no worker"), await CheckAsync(new WorkerHealthCheck(host.Services)));
    }

    [Fact]
    public async Task A_broker_that_cannot_be_opened_is_said()
    {
        var builder = Host.CreateApplicationBuilder();
        builder.AddNaq();
        builder.Services.AddSingleton(new BrokerSource("lost", static (_, _) => throw new BrokerUnavailableException("no route")));
        using var host = builder.Build();

        Assert.Equal((HealthStatus.Unhealthy, "no route"), await CheckAsync(new BrokerHealthCheck(host.Services)));
    }

    [Fact]
    public async Task A_broker_that_says_nothing_is_given_up_after_two_seconds()
    {
        var time = new FakeTimeProvider();
        await using var broker = new Broker(MemoryBroker.Open(new(), time).Jobs, new SilentStore(), "test");

        var asking = Reachability.FaultAsync(broker, time, Ct).AsTask();
        Assert.False(asking.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal("the broker has not answered within 2 s", await asking);
    }

    private static async Task<(HealthStatus, string?)> CheckAsync(IHealthCheck check)
    {
        var context = new HealthCheckContext { Registration = new("naq", check, HealthStatus.Unhealthy, null) };
        var result = await check.CheckHealthAsync(context, Ct);
        return (result.Status, result.Description);
    }

    /// <summary>Never answers, whatever the token says.</summary>
    private sealed class SilentStore : IClusterStore
    {
        public ValueTask<ClusterEntry?> GetAsync(string key, CancellationToken ct) => new(new TaskCompletionSource<ClusterEntry?>().Task);

        public ValueTask<long?> PutAsync(string key, ReadOnlyMemory<byte> value, long? ifVersion, TimeSpan? ttl, CancellationToken ct) => throw new NotSupportedException();

        public ValueTask<bool> DeleteAsync(string key, long? ifVersion, CancellationToken ct) => throw new NotSupportedException();

        public ValueTask<IReadOnlyList<ClusterEntry>> ListAsync(string prefix, CancellationToken ct) => throw new NotSupportedException();

        public IAsyncEnumerable<ClusterChange> WatchAsync(string prefix, CancellationToken ct) => throw new NotSupportedException();
    }
}
