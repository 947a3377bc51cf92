using Microsoft.Extensions.Hosting;
using Naq;
using Naq.Scaling.Limiters;
using Naq.Scaling.Observation;
using Naq.Scaling.Policies;
using Naq.Scaling.Pools;
using Naq.Scaling.Provisioners;

namespace Snippets;

public sealed record AgePolicy(double SecondsPerWorker) : IScalingPolicy
{
    public string Name => "age";

    public TimeSpan HoldDown(Fleet? fleet) => TimeSpan.FromMinutes(2);

    public (Proposal Proposal, PolicyState? State) Propose(in PolicyInput input, PolicyState? state)
    {
        if (input.Observation.Load.Value is not { } load)
        {
            return (Proposal.Gap(Name), state); // unknown is not zero
        }

        var workers = Math.Ceiling((load.OldestAge ?? 0) / SecondsPerWorker);
        var numbers = new Dictionary<string, double> { ["oldest_age"] = load.OldestAge ?? 0 };
        return (new(Name, Math.Min(workers, input.Max) * input.Concurrency, "age", numbers), state);
    }
}

public sealed record FreezeLimiter(int FromHour, int ToHour) : ILimiter
{
    public string Name => "freeze";

    public int Order => 100; // behind Naq's own, before the bounds

    public (Limited Limit, LimiterState? State) Apply(in LimitInput input, int wish, LimiterState? state)
    {
        var hour = DateTimeOffset.FromUnixTimeSeconds((long)input.Observation.Epoch).UtcDateTime.Hour;
        var isFrozen = hour >= FromHour && hour < ToHour;
        var numbers = new Dictionary<string, double> { ["until_hour"] = ToHour };
        return (new(isFrozen ? input.Current : wish, "freeze", numbers), state);
    }
}

public sealed class InProcessProvisioner(Func<PoolConfig, string, IHost> make) : IProvisioner
{
    private readonly List<Replica> _replicas = [];
    private readonly Lock _lock = new();
    private int _started;

    public string Name => "in_process";

    public ValueTask<IReadOnlyList<PoolReplica>> ObserveAsync(PoolConfig pool, CancellationToken ct)
    {
        lock (_lock)
        {
            _replicas.RemoveAll(static replica => replica.Stopping is { IsCompleted: true });
            return new([.. _replicas.Where(replica => replica.Pool == pool.Name).Select(static replica => new PoolReplica(replica.Name, replica.Stopping is not null))]);
        }
    }

    public async ValueTask ApplyAsync(PoolConfig pool, int desired, IReadOnlyList<string> victims, CancellationToken ct)
    {
        List<Replica> starting = [];
        lock (_lock)
        {
            var running = _replicas.Where(replica => replica.Pool == pool.Name && replica.Stopping is null)
                .OrderByDescending(replica => victims.Contains(replica.Name)).ToList();
            foreach (var surplus in running.Take(running.Count - desired))
            {
                surplus.Stopping = surplus.Host.StopAsync(CancellationToken.None); // drains; nobody waits for it here
            }

            for (var n = running.Count; n < desired; n++)
            {
                var name = $"{pool.Name}-{++_started}";
                starting.Add(new(pool.Name, name, make(pool, name)));
            }

            _replicas.AddRange(starting);
        }

        foreach (var replica in starting)
        {
            await replica.Host.StartAsync(ct);
        }
    }

    private sealed record Replica(string Pool, string Name, IHost Host)
    {
        public Task? Stopping { get; set; }
    }
}

public static class ScalingExtensions
{
    public static void Compose(HostApplicationBuilder builder)
    {
        builder.AddNaq().UseSqlite("jobs.db").AddAutoscaler(scaler => scaler
            .Pool("cpu", pool =>
            {
                pool.Policies.Add(Scale.Latency());
                pool.Policies.Add(Scale.Policy(new AgePolicy(SecondsPerWorker: 30)));
                pool.Limiters.Add(Scale.Limiter(new FreezeLimiter(FromHour: 2, ToHour: 4)));
            })
            .WithProvisioner(new InProcessProvisioner(MakeWorker)));
    }

    public static IHost MakeWorker(PoolConfig pool, string replica)
    {
        var worker = Host.CreateApplicationBuilder();
        worker.AddNaq().UseSqlite("jobs.db").AddJobs()
            .AddWorker(pool.Queues, options => (options.Pool, options.Replica, options.Concurrency) = (pool.Name, replica, pool.Worker.Concurrency));
        return worker.Build();
    }
}
