using System.Globalization;
using Microsoft.Extensions.Logging;
using Naq.Brokers;
using Naq.Cluster;
using Naq.Scaling.Observation;
using Naq.Scaling.Pools;

namespace Naq.Scaling.Provisioners;

/// <summary>Runs the workers of pools as child processes: the running program itself with <c>worker …</c>.</summary>
/// <param name="table">The processes of this machine.</param>
/// <param name="cluster">Where the registry is, by which living workers are adopted.</param>
/// <param name="arguments">The arguments of a worker of a pool, broker included.</param>
/// <param name="time">Measures the workers' time.</param>
/// <param name="random">Names replicas.</param>
/// <param name="logger">Hears of starts, stops and crashes.</param>
internal sealed partial class ChildProcessProvisioner(
    IProcessTable table,
    IClusterStore cluster,
    Func<PoolConfig, IReadOnlyList<string>> arguments,
    TimeProvider time,
    Random random,
    ILogger<ChildProcessProvisioner> logger) : IProvisioner
{
    public const string TypeName = "process";

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);

    private readonly Lock _lock = new(); // guards the two below and what they hold
    private readonly Dictionary<string, PoolProcesses> _pools = new(StringComparer.Ordinal);
    private Dictionary<string, WorkerRecord> _registered = [];

    public string Name => TypeName;

    /// <summary>How long a worker may drain before it is killed: its own deadline is 25 s.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(40);

    /// <summary>Seconds from process start to process exit, drain included, over all pools, by this process's clock.</summary>
    public double WorkerSeconds
    {
        get
        {
            lock (_lock)
            {
                return _pools.Values.Sum(static p => p.WorkerTime.TotalSeconds);
            }
        }
    }

    public async ValueTask<IReadOnlyList<PoolReplica>> ObserveAsync(PoolConfig pool, CancellationToken ct)
    {
        var workers = await WorkerRegistry.ListAsync(cluster, ct).ConfigureAwait(false);
        lock (_lock)
        {
            var processes = ProcessesOf(pool.Name);
            _registered = new(StringComparer.Ordinal);
            foreach (var worker in workers.Where(static w => w.Replica is not null))
            {
                _registered[worker.Replica!] = worker; // not null: filtered
            }

            Reap(pool, processes);
            Adopt(pool, processes);
            return processes.Replicas;
        }
    }

    public ValueTask ApplyAsync(PoolConfig pool, int desired, IReadOnlyList<string> victims, CancellationToken ct)
    {
        lock (_lock)
        {
            var processes = ProcessesOf(pool.Name);
            Reap(pool, processes);
            var members = processes.Replicas.Where(static r => !r.IsStopping).Select(MemberOf).ToList();
            var plan = FleetPlan.Make(members, processes.Stopping, desired, pool.Max, victims);
            for (var n = Math.Min(plan.Start, processes.Backoff.Allowance); n > 0 && TryStart(pool, processes); n--)
            {
            }

            foreach (var name in plan.Stop)
            {
                LogStop(pool.Name, name);
                processes.Stop(name);
            }

            if (processes.KillOverdue(Patience) is > 0 and var killed)
            {
                LogKilled(pool.Name, killed, Patience);
            }
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>Asks every worker to drain, waits for them, and kills what is left after <paramref name="drainTimeout"/> and a little.</summary>
    public async ValueTask StopAllAsync(TimeSpan drainTimeout, CancellationToken ct)
    {
        var startedAt = time.GetTimestamp();
        var patience = drainTimeout + TimeSpan.FromSeconds(5);
        while (StopAndCount(time.GetElapsedTime(startedAt) > patience) > 0)
        {
            await Task.Delay(Look, time, ct).ConfigureAwait(false);
        }
    }

    private int StopAndCount(bool isOverdue)
    {
        lock (_lock)
        {
            var left = 0;
            foreach (var processes in _pools.Values)
            {
                foreach (var replica in processes.Replicas)
                {
                    processes.Stop(replica.Name);
                }

                _ = isOverdue ? processes.KillOverdue(TimeSpan.Zero) : 0;
                _ = processes.Reap();
                left += processes.Replicas.Count;
            }

            return left;
        }
    }

    private PoolProcesses ProcessesOf(string pool)
    {
        if (!_pools.TryGetValue(pool, out var processes))
        {
            _pools[pool] = processes = new(time);
        }

        return processes;
    }

    private Member MemberOf(PoolReplica replica) =>
        _registered.TryGetValue(replica.Name, out var worker)
            ? new(replica.Name, true, worker.State == WorkerState.Retiring)
            : new(replica.Name, false, false);

    private void Reap(PoolConfig pool, PoolProcesses processes)
    {
        var crashed = 0;
        foreach (var (name, exitCode) in processes.Reap())
        {
            LogExit(pool.Name, name, exitCode);
            crashed += exitCode is null or 0 ? 0 : 1;
        }

        if (crashed > 0)
        {
            processes.Backoff.NoteCrash();
            LogBackoff(pool.Name, processes.Backoff.Crashes, processes.Backoff.Delay);
        }
    }

    /// <summary>Takes over workers of this pool on this host that another autoscaler started, or this one before it was started again.</summary>
    private void Adopt(PoolConfig pool, PoolProcesses processes)
    {
        foreach (var (name, worker) in _registered)
        {
            var isOurs = worker.Host == Environment.MachineName && name.StartsWith(pool.Name + "-", StringComparison.Ordinal);
            if (isOurs && worker.Pool == pool.Name && !processes.Has(name) && table.Adopt(worker.Pid, name) is { } process)
            {
                LogAdopt(pool.Name, name, worker.Pid);
                processes.Add(name, process);
                if (worker.State == WorkerState.Draining)
                {
                    processes.NoteStopping(name);
                }
            }
        }
    }

    private bool TryStart(PoolConfig pool, PoolProcesses processes)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"{pool.Name}-{random.NextInt64(1L << 32):x8}");
        var environment = new Dictionary<string, string>
        {
            ["NAQ_POOL"] = pool.Name,
            ["NAQ_POOL_MAX"] = pool.Max.ToString(CultureInfo.InvariantCulture),
            ["NAQ_REPLICA"] = name,
            ["NAQ_SUPERVISED"] = "1",
        };
        try
        {
            var process = table.Start(arguments(pool), environment);
            processes.Add(name, process);
            LogStart(pool.Name, name, process.Pid);
            return true;
        }
        catch (Exception e)
        {
            processes.Backoff.NoteCrash();
            LogStartFailed(e, pool.Name, processes.Backoff.Delay);
            return false;
        }
    }
}
