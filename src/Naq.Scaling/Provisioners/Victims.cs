using Naq.Cluster;

namespace Naq.Scaling.Provisioners;

/// <summary>Who goes first when a pool shrinks: who loses least.</summary>
internal static class Victims
{
    /// <summary>Names of replicas: those to be replaced anyway, then idle ones, then by the fewest running jobs, then the newest.</summary>
    public static IReadOnlyList<string> Order(IEnumerable<WorkerRecord> workers) =>
    [
        .. workers.Where(static w => w is { Replica: not null, State: not WorkerState.Draining })
            .OrderBy(static w => w.State == WorkerState.Retiring ? 0 : 1)
            .ThenBy(static w => w.Busy)
            .ThenByDescending(static w => w.StartedAt)
            .Select(static w => w.Replica!), // not null: filtered above
    ];
}
