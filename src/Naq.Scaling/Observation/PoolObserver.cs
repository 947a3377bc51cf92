using Naq.Brokers;
using Naq.Cluster;

namespace Naq.Scaling.Observation;

/// <summary>Looks at a pool: its queues, its workers. Remembers counters between looks, to make rates of them. One caller.</summary>
/// <param name="pool">The pool's name.</param>
/// <param name="queues">Its queues.</param>
/// <param name="jobs">Where the queues are.</param>
/// <param name="cluster">Where the registry is.</param>
/// <param name="goal">The wait in seconds beyond which a job is late; null: the pool has no such goal.</param>
internal sealed class PoolObserver(string pool, IReadOnlyList<string> queues, IJobStore jobs, IClusterStore cluster, double? goal = null)
{
    private readonly FleetSums _sums = new(goal);
    private readonly SharedQueues _shared = new();
    private Reading<QueueLoad>? _last;

    /// <summary>The registry's workers of the pool, as the last look saw them; for naming victims.</summary>
    public IReadOnlyList<WorkerRecord> Workers { get; private set; } = [];

    /// <summary>The part of a queue's jobs that is this pool's, where several serve it; 1: all of them.</summary>
    public Func<string, double> ShareOf { get; set; } = static _ => 1;

    /// <summary>Looks. What cannot be read is unknown; only a cancellation is thrown.</summary>
    /// <param name="at">Now, on the pool's time axis.</param>
    /// <param name="replicas">Reads what the pool's provisioner runs.</param>
    /// <param name="ct">Gives up.</param>
    public async ValueTask<PoolObservation> ObserveAsync(
        double at, Func<CancellationToken, ValueTask<IReadOnlyList<PoolReplica>>> replicas, CancellationToken ct)
    {
        var load = await TryAsync(at, LoadAsync, ct).ConfigureAwait(false);
        _last = load.IsKnown ? load : _last;
        var fleet = await TryAsync(at, (_, token) => FleetAsync(replicas, token), ct).ConfigureAwait(false);
        return new(at, load.Value is { } l && fleet.Value is { } f ? Reading.Known(WithStarts(l, f), at) : load, fleet);
    }

    /// <summary>Workers know what they started, and how long it had waited.</summary>
    private static QueueLoad WithStarts(QueueLoad load, Fleet fleet) =>
        load with { StartedTotal = fleet.Started, StartedLateTotal = fleet.StartedLate, FailedTotal = fleet.Failed };

    private static async ValueTask<Reading<T>> TryAsync<T>(double at, Func<double, CancellationToken, ValueTask<T>> read, CancellationToken ct)
        where T : class
    {
        try
        {
            return Reading.Known(await read(at, ct).ConfigureAwait(false), at);
        }
        catch (Exception e) when (e is not OperationCanceledException || !ct.IsCancellationRequested)
        {
            return Reading.Unknown<T>(Printable.Escape(e.Message));
        }
    }

    private async ValueTask<QueueLoad> LoadAsync(double at, CancellationToken ct)
    {
        var counts = await jobs.CountsAsync(queues, ct).ConfigureAwait(false);
        var load = QueueSums.Of(_shared.Divide(counts, ShareOf));
        return _last is { Value: { } before, At: var beforeAt } && at > beforeAt ? QueueSums.WithRates(load, before, at - beforeAt) : load;
    }

    private async ValueTask<Fleet> FleetAsync(Func<CancellationToken, ValueTask<IReadOnlyList<PoolReplica>>> replicas, CancellationToken ct)
    {
        var living = await replicas(ct).ConfigureAwait(false);
        var workers = await WorkerRegistry.ListAsync(cluster, ct).ConfigureAwait(false);
        Workers = [.. workers.Where(w => w.Pool == pool)];
        return _sums.Feed(living, Workers);
    }
}
