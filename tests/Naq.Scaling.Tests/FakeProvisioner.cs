using Naq.Scaling.Observation;
using Naq.Scaling.Pools;
using Naq.Scaling.Provisioners;

namespace Naq.Scaling.Tests;

/// <summary>Has as many replicas as it was told, at once.</summary>
internal sealed class FakeProvisioner : IProvisioner
{
    public string Name => "process";

    public int Replicas { get; set; }

    public int Applied { get; private set; }

    /// <summary>What was asked for last, by pool.</summary>
    public Dictionary<string, int> Desired { get; } = [];

    public bool IsAway { get; set; }

    public ValueTask<IReadOnlyList<PoolReplica>> ObserveAsync(PoolConfig pool, CancellationToken ct) => IsAway
        ? throw new InvalidOperationException("provisioner away")
        : new([.. Enumerable.Range(0, Replicas).Select(static n => new PoolReplica($"cpu-{n}", false))]);

    public ValueTask ApplyAsync(PoolConfig pool, int desired, IReadOnlyList<string> victims, CancellationToken ct)
    {
        Applied++;
        Replicas = desired;
        Desired[pool.Name] = desired;
        return ValueTask.CompletedTask;
    }
}
