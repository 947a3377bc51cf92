using System.Collections.Concurrent;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.Memory;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Naq.Brokers;
using Naq.Scaling.Provisioners;

namespace Naq.Scaling.Tests.Hosting;

/// <summary>An autoscaler in a host: what its pools are, and that it follows them.</summary>
public sealed class AutoscalerHostTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public void Pools_come_from_code_with_the_defaults_of_a_file()
    {
        var builder = new AutoscalerBuilder { Interval = TimeSpan.FromSeconds(2) };
        builder.Pool("cpu", static pool =>
        {
            (pool.Min, pool.Max, pool.Concurrency) = (2, 50, 4);
            pool.Policies.Add(Scale.Backlog(perWorker: 100));
            pool.Policies.Add(Scale.Latency(TimeSpan.FromSeconds(30), 0.95, "calm"));
            pool.Limiters.Add(Scale.Memory(8_000_000_000));
        }).Pool("mail");

        var config = builder.Read(null);

        Assert.Equal(TimeSpan.FromSeconds(2), config.Interval);
        var cpu = config.Pools[0];
        Assert.Equal(("cpu", 2, 50, 4), (cpu.Name, cpu.Min, cpu.Max, cpu.Worker.Concurrency));
        Assert.Equal(["backlog", "latency"], cpu.Policies.Select(static policy => policy.Name));
        Assert.Contains(cpu.Limiters, static limiter => limiter.Name == "memory");
        var mail = config.Pools[1];
        Assert.Equal(("mail", 1, 10, "latency"), (mail.Name, mail.Min, mail.Max, Assert.Single(mail.Policies).Name));
        Assert.Equal(["mail"], mail.Queues);
    }

    /// <summary>Every rule that code can name is one that a file can, with the same settings.</summary>
    [Fact]
    public void Every_rule_is_understood()
    {
        var day = TimeSpan.FromMinutes(30);
        var builder = new AutoscalerBuilder().Pool("cpu", pool =>
        {
            foreach (var policy in (ScalingRule[])[
                Scale.Latency(day, 0.9, "strict"), Scale.Backlog(3, 0.2), Scale.Threshold(20, 5, 10, 2), Scale.Predictive(day), Scale.Forecast(day),
                Scale.Spike(day), Scale.Schedule("0 8 * * 1-5", 3, day, "Europe/Berlin"), Scale.Budget(spare: 3), Scale.Static(2)])
            {
                pool.Policies.Add(policy);
            }

            foreach (var limiter in (ScalingRule[])[
                Scale.Hold(day, day), Scale.Band(percent: 10), Scale.Quota(20, "all"), Scale.Memory(1 << 30, 0.7, 1.5), Scale.Breaker(0.4, day), Scale.Cost(0.1, 20, "USD")])
            {
                pool.Limiters.Add(limiter);
            }
        });

        var pool = Assert.Single(builder.Read(null).Pools);

        Assert.Equal(9, pool.Policies.Length);
        Assert.Equal(6 + 2, pool.Limiters.Length); // the owner's and the bounds besides
    }

    [Fact]
    public void The_configuration_replaces_a_pool_of_the_same_name_and_adds_others()
    {
        var builder = new AutoscalerBuilder().Pool("cpu", static pool => pool.Max = 3).Pool("mail", static pool => pool.Max = 4);

        var config = builder.Read(Configuration(("Naq:Autoscaler:Interval", "00:00:07"), ("Naq:Autoscaler:Pools:cpu:Max", "7"), ("Naq:Autoscaler:Pools:io:Queues:0", "1"), ("Naq:Autoscaler:Pools:io:Queues:1", "2")));

        Assert.Equal(TimeSpan.FromSeconds(7), config.Interval);
        Assert.Equal([("cpu", 7), ("io", 10), ("mail", 4)], config.Pools.Select(static pool => (pool.Name, pool.Max)));
        Assert.Equal(["1", "2"], config.Pools[1].Queues);
    }

    [Fact]
    public void All_that_is_wrong_is_said_at_once()
    {
        var builder = new AutoscalerBuilder().Pool("no name!", static pool => pool.Policies.Add(Scale.Threshold(5, 20)));

        var wrong = Assert.Throws<NaqConfigurationException>(() => builder.Read(Configuration(
            ("Naq:Autoscaler:Pools:cpu:Max", "many"), ("Naq:Autoscaler:Pools:cpu:Mim", "1"), ("Naq:Autoscaler:Pools:cpu:Policies:0:Type", "latencyy"))));

        var lines = wrong.Message.Split('\n');
        Assert.Contains("Naq.Autoscaler.Pools.cpu.Max is \"many\", but must be a whole number of at least 1.", lines);
        Assert.Contains("Naq.Autoscaler.Pools.cpu.Mim is not known here. Did you mean Min?", lines);
        Assert.Contains(lines, static line => line.StartsWith("Naq.Autoscaler.Pools.cpu.Policies[0].Type 'latencyy' is not known", StringComparison.Ordinal));
        Assert.Contains(lines, static line => line.Contains("AddAutoscaler.Pools.no name! is not a valid pool name", StringComparison.Ordinal));
    }

    [Fact]
    public void No_pool_at_all_is_refused() =>
        Assert.Contains("has no pool", Assert.Throws<NaqConfigurationException>(static () => new AutoscalerBuilder().Read(null)).Message, StringComparison.Ordinal);

    [Fact]
    public async Task A_host_scales_follows_its_configuration_and_drains_at_its_end()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new());
        var table = new InstantProcesses();
        var settings = new MemoryConfigurationSource { InitialData = Pairs(("Naq:Autoscaler:Interval", "100ms"), ("Naq:Autoscaler:Pools:cpu:Min", "2"), ("Naq:Autoscaler:Pools:cpu:Worker:Concurrency", "3")) };
        ((IConfigurationBuilder)builder.Configuration).Add(settings);
        builder.AddNaq().AddAutoscaler();
        builder.Services.AddSingleton<IProcessTable>(table);
        builder.Services.AddSingleton(new BrokerSource("memory", static (services, _) => new(MemoryBroker.Open(new(), services.GetRequiredService<TimeProvider>()))));
        using var host = builder.Build();

        await host.StartAsync(Ct);
        await table.UntilAsync(static all => all.Count == 2, Ct);
        Assert.Equal(["worker", "cpu", "--broker", "memory:", "--concurrency", "3"], table.Arguments);
        builder.Configuration["Naq:Autoscaler:Pools:cpu:Min"] = "wrong";
        ((IConfigurationRoot)builder.Configuration).Reload();
        builder.Configuration["Naq:Autoscaler:Pools:cpu:Min"] = "4";
        ((IConfigurationRoot)builder.Configuration).Reload();
        await table.UntilAsync(static all => all.Count == 4, Ct);

        await host.StopAsync(Ct);
        Assert.All(table.All, static process => Assert.NotNull(process.End));
    }

    private static IConfiguration Configuration(params (string Key, string Value)[] pairs) => new ConfigurationBuilder().AddInMemoryCollection(Pairs(pairs)).Build();

    private static IEnumerable<KeyValuePair<string, string?>> Pairs(params (string Key, string Value)[] pairs) => pairs.Select(static pair => KeyValuePair.Create(pair.Key, (string?)pair.Value));

    /// <summary>Processes that end when they are asked to.</summary>
    private sealed class InstantProcesses : IProcessTable
    {
        private readonly ConcurrentQueue<Worker> _all = [];
        private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public IReadOnlyList<Worker> All => [.. _all];

        public IReadOnlyList<string> Arguments { get; private set; } = [];

        public IWorkerProcess Start(IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string> environment)
        {
            Arguments = arguments;
            var worker = new Worker(environment["NAQ_REPLICA"], 5000 + _all.Count);
            _all.Enqueue(worker);
            Interlocked.Exchange(ref _changed, new(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
            return worker;
        }

        public IWorkerProcess? Adopt(int pid, string replica) => null;

        public async Task UntilAsync(Func<IReadOnlyList<Worker>, bool> isSo, CancellationToken ct)
        {
            for (var changed = Volatile.Read(ref _changed); !isSo(All); changed = Volatile.Read(ref _changed))
            {
                await changed.Task.WaitAsync(TimeSpan.FromSeconds(30), ct);
            }
        }
    }

    internal sealed class Worker(string replica, int pid) : IWorkerProcess
    {
        public string Replica => replica;

        public int Pid => pid;

        public ProcessEnd? End { get; private set; }

        public void Terminate() => End = new(TimeProvider.System.GetTimestamp(), 0);

        public void Kill() => Terminate();
    }
}
