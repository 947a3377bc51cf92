using System.Globalization;
using Microsoft.Extensions.Logging;
using Naq.Brokers;
using Naq.Cli.Connecting;
using Naq.Cli.Invoking;
using Naq.Cluster;
using Naq.Scaling;
using Naq.Scaling.Decisions;
using Naq.Scaling.Pools;
using Naq.Scaling.Provisioners;

namespace Naq.Cli.Working;

/// <summary>An autoscaler with its worker processes, from start to the drain of the last.</summary>
internal sealed class PoolHost
{
    private static readonly TimeSpan LeaderLease = TimeSpan.FromSeconds(10);

    private readonly Autoscaler _autoscaler;
    private readonly ChildProcessProvisioner _provisioner;

    /// <param name="run">Its shell and logs are the workers' too.</param>
    /// <param name="address">The broker's address, for the workers.</param>
    /// <param name="broker">The same broker, open.</param>
    /// <param name="config">The pools.</param>
    /// <param name="processes">Starts the workers.</param>
    /// <param name="decided">Hears of every decision.</param>
    public PoolHost(
        Invocation run, BrokerAddress address, Broker broker, ScalingConfig config, IProcessTable processes, Action<Decision>? decided = null)
    {
        var shell = run.Shell;
        _provisioner = new(
            processes, broker.Cluster, pool => Settings(pool).ToArguments(address, run.LogFormat, run.Level), shell.Time, shell.Random,
            run.Loggers.CreateLogger<ChildProcessProvisioner>());
        var holder = string.Create(CultureInfo.InvariantCulture, $"{Environment.MachineName}-{Environment.ProcessId}");
        var leader = new Leader(broker.Cluster, Autoscaler.Election, holder, LeaderLease, shell.Time);
        _autoscaler = new(config, broker, [_provisioner], leader, shell.Time, run.Loggers.CreateLogger<Autoscaler>()) { Decided = decided };
    }

    /// <summary>Seconds of worker processes so far, drain included.</summary>
    public double WorkerSeconds => _provisioner.WorkerSeconds;

    /// <summary>Puts another configuration in force at the next decision.</summary>
    public void Reload(ScalingConfig config) => _autoscaler.Reload(config);

    /// <summary>Scales until <paramref name="stop"/>, then drains every worker and returns when the last process is gone.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        await _autoscaler.RunAsync(stop).ConfigureAwait(false);
        await _provisioner.StopAllAsync(new WorkerOptions().DrainTimeout, CancellationToken.None).ConfigureAwait(false);
    }

    private static WorkerSettings Settings(PoolConfig pool) => new()
    {
        Queues = [.. pool.Queues.Select(static queue => new QueueSource(queue))],
        Concurrency = pool.Worker.Concurrency,
        MaxAge = pool.Worker.Ttl,
        MaxJobs = pool.Worker.MaxJobs,
        MaxMemoryBytes = pool.Worker.MaxMemoryBytes,
    };
}
