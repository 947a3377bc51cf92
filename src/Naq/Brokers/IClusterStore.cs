namespace Naq.Brokers;

/// <summary>One value of the cluster store.</summary>
/// <param name="Key">Its key: segments of <c>[A-Za-z0-9_.=-]</c>, joined by <c>/</c>.</param>
/// <param name="Value">Its bytes, at most 256 KiB.</param>
/// <param name="Version">Grows with each change of the key, and never repeats for it.</param>
public sealed record ClusterEntry(string Key, ReadOnlyMemory<byte> Value, long Version);

/// <summary>A change that a watch saw.</summary>
/// <param name="Key">The key.</param>
/// <param name="Entry">What it holds now; null: it was deleted or has expired.</param>
public sealed record ClusterChange(string Key, ClusterEntry? Entry);

/// <summary>A small shared map with versions and expiry: registry, leaders, pools, decisions, control. Safe for concurrent use.</summary>
public interface IClusterStore
{
    /// <summary>Reads a key; null: it is not there, or expired.</summary>
    ValueTask<ClusterEntry?> GetAsync(string key, CancellationToken ct);

    /// <summary>Writes a key.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">Its bytes.</param>
    /// <param name="ifVersion">Only if this is its version now; 0: only if it is not there; null: always.</param>
    /// <param name="ttl">Gone this long after, by a monotonic clock, unless written again; null: kept.</param>
    /// <param name="ct">Gives up.</param>
    /// <returns>The new version; null: the condition did not hold and nothing was written.</returns>
    ValueTask<long?> PutAsync(string key, ReadOnlyMemory<byte> value, long? ifVersion, TimeSpan? ttl, CancellationToken ct);

    /// <summary>Deletes a key; <paramref name="ifVersion"/> as in <see cref="PutAsync"/>. False: the condition did not hold, or it was not there.</summary>
    ValueTask<bool> DeleteAsync(string key, long? ifVersion, CancellationToken ct);

    /// <summary>Reads every live key that begins with <paramref name="prefix"/>, ordered by key.</summary>
    ValueTask<IReadOnlyList<ClusterEntry>> ListAsync(string prefix, CancellationToken ct);

    /// <summary>Yields what is there now, then every change, until cancelled. Changes between two looks may arrive as one. Keys under <c>control/</c> arrive within 100 ms, others within about a second.</summary>
    IAsyncEnumerable<ClusterChange> WatchAsync(string prefix, CancellationToken ct);
}
