using System.Globalization;
using System.Text;
using Naq.Brokers;

namespace Naq.Cluster;

/// <summary>A worker's numbered seat in its pool, <c>seats/POOL/N</c> with N below the pool's maximum. Only a seated worker claims.</summary>
/// <remarks>
/// S1: as a seat has one holder and there are as many seats as the maximum, no number of autoscalers can bring more workers to claim.
/// The holder renews its seat with its heartbeat, and claims nothing more once a renewal is refused or its time to live has passed by its own
/// clock. It releases the seat when it starts to drain, so that its successor sits down while it finishes.
/// </remarks>
internal sealed class PoolSeats
{
    private readonly IClusterStore _cluster;
    private readonly string _key;
    private readonly byte[] _holder;
    private readonly TimeSpan _ttl;
    private long _version;

    private PoolSeats(IClusterStore cluster, string key, byte[] holder, TimeSpan ttl, long version) =>
        (_cluster, _key, _holder, _ttl, _version) = (cluster, key, holder, ttl, version);

    /// <summary>Where the seats of a pool are.</summary>
    public static string Prefix(string pool) => $"seats/{pool}/";

    /// <summary>Takes the lowest free seat; null: all are taken. One read, and one write a try.</summary>
    public static async ValueTask<PoolSeats?> TryTakeAsync(
        IClusterStore cluster, string pool, int max, string workerName, TimeSpan ttl, CancellationToken ct)
    {
        var prefix = Prefix(pool);
        var holder = Encoding.UTF8.GetBytes(workerName);
        var entries = await cluster.ListAsync(prefix, ct).ConfigureAwait(false);
        var taken = entries.Select(static e => e.Key).ToHashSet(StringComparer.Ordinal);
        for (var n = 0; n < max; n++)
        {
            var key = prefix + n.ToString(CultureInfo.InvariantCulture);
            if (!taken.Contains(key) && await cluster.PutAsync(key, holder, ifVersion: 0, ttl, ct).ConfigureAwait(false) is { } version)
            {
                return new(cluster, key, holder, ttl, version);
            }
        }

        return null;
    }

    /// <summary>Keeps the seat for another time to live; false: it was lost, and the worker must not claim.</summary>
    public async ValueTask<bool> RenewAsync(CancellationToken ct)
    {
        if (_version == 0)
        {
            return false;
        }

        _version = await _cluster.PutAsync(_key, _holder, _version, _ttl, ct).ConfigureAwait(false) ?? 0;
        return _version != 0;
    }

    /// <summary>Frees the seat. Harmless where it was lost.</summary>
    public async ValueTask ReleaseAsync(CancellationToken ct)
    {
        var version = _version;
        _version = 0;
        if (version != 0)
        {
            _ = await _cluster.DeleteAsync(_key, version, ct).ConfigureAwait(false);
        }
    }
}
