using Naq.Cluster;

namespace Naq.Scaling.Observation;

/// <summary>Counts workers by state, and adds up service times over workers that come and go, whose own sums begin at 0. One caller.</summary>
internal sealed class FleetSums(double? goal = null)
{
    private Dictionary<string, WorkerRecord> _seen = new(StringComparer.Ordinal);
    private long _count;
    private double _seconds;
    private double _squares;
    private long _started;
    private long _failed;
    private readonly double[] _waits = new double[WaitHistogram.Buckets];

    public Fleet Feed(IReadOnlyList<PoolReplica> replicas, IReadOnlyList<WorkerRecord> workers)
    {
        foreach (var worker in workers)
        {
            var before = _seen.GetValueOrDefault(worker.Name);
            _count += Math.Max(0, worker.ServiceCount - (before?.ServiceCount ?? 0));
            _seconds += Math.Max(0, worker.ServiceSeconds - (before?.ServiceSeconds ?? 0));
            _squares += Math.Max(0, worker.ServiceSecondsSquared - (before?.ServiceSecondsSquared ?? 0));
            _started += Math.Max(0, worker.Started - (before?.Started ?? 0));
            _failed += Math.Max(0, worker.Failed - (before?.Failed ?? 0));
            for (var i = 0; i < Math.Min(worker.Waits?.Count ?? 0, _waits.Length); i++)
            {
                _waits[i] += Math.Max(0, worker.Waits![i] - (i < before?.Waits?.Count ? before.Waits[i] : 0)); // not null: counted
            }
        }

        _seen = workers.ToDictionary(static w => w.Name, StringComparer.Ordinal);
        return Count(replicas, workers) with
        {
            ServiceCount = _count,
            ServiceSeconds = _seconds,
            ServiceSecondsSquared = _squares,
            ColdStartSeconds = NinthOfTen(workers),
            Started = _started,
            StartedLate = goal is { } g ? (long)WaitHistogram.Above(_waits, g) : 0,
            Failed = _failed,
            Measured = workers.Count(static w => w is { Replica: not null, MemoryBytes: > 0 }),
            MemoryBytes = workers.Where(static w => w.Replica is not null).Sum(static w => w.MemoryBytes),
            LeastProductive = LeastProductive(workers),
            OpenDependency = workers.Select(static w => w.OpenDependency).OfType<string>().Order(StringComparer.Ordinal).FirstOrDefault(),
        };
    }

    /// <summary>A replica without an entry in the registry is starting. Workers started by hand are not the autoscaler's and do not count.</summary>
    private static Fleet Count(IReadOnlyList<PoolReplica> replicas, IReadOnlyList<WorkerRecord> workers)
    {
        var states = new Dictionary<string, WorkerState>(StringComparer.Ordinal);
        foreach (var worker in workers.Where(static w => w.Replica is not null))
        {
            states[worker.Replica!] = worker.State; // not null: filtered
        }

        var all = replicas
            .Select(r => r.IsStopping ? WorkerState.Draining : states.GetValueOrDefault(r.Name, WorkerState.Starting))
            .ToList();
        return new()
        {
            Starting = all.Count(static s => s == WorkerState.Starting),
            Ready = all.Count(static s => s == WorkerState.Running),
            Quiet = all.Count(static s => s == WorkerState.Quiet),
            Retiring = all.Count(static s => s == WorkerState.Retiring),
            Draining = all.Count(static s => s == WorkerState.Draining),
        };
    }

    /// <summary>Fewest completions per second and byte; of equals the newest.</summary>
    private static string? LeastProductive(IReadOnlyList<WorkerRecord> workers) => workers
        .Where(static w => w is { Replica: not null, MemoryBytes: > 0, State: WorkerState.Running or WorkerState.Quiet or WorkerState.Retiring })
        .OrderBy(static w => w.ServiceCount / Math.Max(1, (w.SeenAt - w.StartedAt).TotalSeconds) / w.MemoryBytes)
        .ThenByDescending(static w => w.StartedAt)
        .FirstOrDefault()?.Replica;

    /// <summary>Over living workers only: many that start at once are slow, and shall not be taken for the usual when they are gone.</summary>
    private static double? NinthOfTen(IReadOnlyList<WorkerRecord> workers)
    {
        var known = workers.Select(static w => w.ColdStartSeconds).OfType<double>().Order().ToList();
        return known.Count == 0 ? null : known[(int)Math.Ceiling(0.9 * known.Count) - 1];
    }
}
