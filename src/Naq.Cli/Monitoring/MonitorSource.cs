using System.Collections.Immutable;
using Naq.Brokers;
using Naq.Cluster;
using Naq.Scaling.Decisions;

namespace Naq.Cli.Monitoring;

/// <summary>Reads a broker again and again. One caller.</summary>
/// <param name="open">Gives the broker; asked again after it could not.</param>
/// <param name="queues">Names or patterns of the queues to read; empty: all.</param>
/// <param name="time">When a log was last listed is measured by it.</param>
internal sealed class MonitorSource(Func<CancellationToken, ValueTask<Broker>> open, IReadOnlyList<string> queues, TimeProvider time)
{
    /// <summary>Decisions kept of each pool.</summary>
    private const int Kept = 20;

    /// <summary>A living autoscaler records at least once a minute: after more silence its numbers may have begun anew.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(90);

    private readonly Dictionary<string, Followed> _followed = [];

    /// <exception cref="BrokerUnavailableException">It cannot be read now.</exception>
    public async ValueTask<MonitorReading> ReadAsync(CancellationToken ct)
    {
        var broker = await open(ct).ConfigureAwait(false);
        var counts = await broker.Jobs.CountsAsync(queues.Count > 0 ? queues : null, ct).ConfigureAwait(false);
        var workers = await WorkerRegistry.ListAsync(broker.Cluster, ct).ConfigureAwait(false);
        var log = new DecisionLog(broker.Cluster);
        var pools = new List<PoolReading>();
        foreach (var pool in await log.PoolsAsync(ct).ConfigureAwait(false))
        {
            var target = await PoolTarget.ReadAsync(broker.Cluster, pool, ct).ConfigureAwait(false);
            pools.Add(new(pool, target?.Desired, await FollowAsync(log, pool, ct).ConfigureAwait(false)));
        }

        return new() { Queues = [.. counts.OrderBy(static q => q.Queue, StringComparer.Ordinal)], Workers = workers, Pools = pools };
    }

    // A pool keeps a thousand decisions, each with all that it rests on: they are listed once, and from then on the next number is looked for.
    private async ValueTask<ImmutableArray<Decision>> FollowAsync(DecisionLog log, string pool, CancellationToken ct)
    {
        if (!_followed.TryGetValue(pool, out var known) || known.Newest.IsEmpty || time.GetElapsedTime(known.NewsAt) > Silence)
        {
            known = new([.. await log.NewestAsync(pool, Kept, ct).ConfigureAwait(false)], time.GetTimestamp());
        }
        else
        {
            while (await log.ReadAsync(pool, known.Newest[0].Number + 1, ct).ConfigureAwait(false) is { } next)
            {
                known = new([next, .. known.Newest.Take(Kept - 1)], time.GetTimestamp());
            }
        }

        _followed[pool] = known;
        return known.Newest;
    }

    private readonly record struct Followed(ImmutableArray<Decision> Newest, long NewsAt);
}
