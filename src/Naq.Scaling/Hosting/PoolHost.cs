using System.Globalization;
using Microsoft.Extensions.Logging;
using Naq.Brokers;
using Naq.Cluster;
using Naq.Scaling.Decisions;
using Naq.Scaling.Pools;
using Naq.Scaling.Provisioners;

namespace Naq.Scaling.Hosting;

/// <summary>An autoscaler with those who run its workers, from start to end.</summary>
internal sealed class PoolHost
{
    private static readonly TimeSpan LeaderLease = TimeSpan.FromSeconds(10);

    private readonly Autoscaler _autoscaler;
    private readonly ChildProcessProvisioner? _processes;

    /// <summary>Workers are child processes, which end with the host.</summary>
    /// <param name="config">The pools.</param>
    /// <param name="broker">Where the jobs are, for the workers too.</param>
    /// <param name="processes">Starts the workers.</param>
    /// <param name="more">Arguments of every worker besides those of its pool.</param>
    /// <param name="time">All time.</param>
    /// <param name="random">Names workers.</param>
    /// <param name="loggers">Hears of what is decided and done.</param>
    /// <param name="decided">Hears of every decision.</param>
    public PoolHost(
        ScalingConfig config, Broker broker, IProcessTable processes, IReadOnlyList<string> more, TimeProvider time, Random random, ILoggerFactory loggers,
        Action<Decision>? decided = null)
    {
        _processes = new(
            processes, broker.Cluster, pool => [.. Arguments(pool, broker.Address), .. more], time, random, loggers.CreateLogger<ChildProcessProvisioner>());
        _autoscaler = Make(config, broker, _processes, time, loggers, decided);
    }

    /// <summary>Workers are another's, and go on when the host ends.</summary>
    public PoolHost(ScalingConfig config, Broker broker, IProvisioner provisioner, TimeProvider time, ILoggerFactory loggers) =>
        _autoscaler = Make(config, broker, provisioner, time, loggers, null);

    /// <summary>Seconds of child processes so far, drain included.</summary>
    public double WorkerSeconds => _processes?.WorkerSeconds ?? 0;

    /// <summary>Puts another configuration in force at the next decision.</summary>
    public void Reload(ScalingConfig config) => _autoscaler.Reload(config);

    /// <summary>Scales until <paramref name="stop"/>, then drains every child and returns when the last process is gone.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        await _autoscaler.RunAsync(stop).ConfigureAwait(false);
        if (_processes is not null)
        {
            await _processes.StopAllAsync(new WorkerOptions().DrainTimeout, CancellationToken.None).ConfigureAwait(false);
        }
    }

    private static Autoscaler Make(ScalingConfig config, Broker broker, IProvisioner provisioner, TimeProvider time, ILoggerFactory loggers, Action<Decision>? decided)
    {
        var holder = string.Create(CultureInfo.InvariantCulture, $"{Environment.MachineName}-{Environment.ProcessId}");
        var leader = new Leader(broker.Cluster, Autoscaler.Election, holder, LeaderLease, time);
        return new(config, broker, [provisioner], leader, time, loggers.CreateLogger<Autoscaler>()) { Decided = decided };
    }

    /// <summary>What tells a program with Naq's command line to be a worker of the pool.</summary>
    private static IEnumerable<string> Arguments(PoolConfig pool, string broker)
    {
        var worker = pool.Worker;
        IEnumerable<(string Option, string? Value)> options =
        [
            ("--broker", broker),
            ("--concurrency", worker.Concurrency.ToString(CultureInfo.InvariantCulture)),
            ("--worker-ttl", worker.Ttl is { } age ? Quantities.Format(age) : null),
            ("--max-jobs", worker.MaxJobs?.ToString(CultureInfo.InvariantCulture)),
            ("--max-memory", worker.MaxMemoryBytes?.ToString(CultureInfo.InvariantCulture)),
        ];
        return ["worker", .. pool.Queues, .. options.Where(static option => option.Value is not null).SelectMany(static option => (string[])[option.Option, option.Value!])];
    }
}
