using System.Runtime.CompilerServices;

namespace Naq.Brokers.Memory;

/// <summary>The shared map in memory: one lock, and a signal for who watches.</summary>
internal sealed class MemoryClusterStore(TimeProvider time) : IClusterStore
{
    /// <summary>Timers count whole milliseconds, rounded down: one more, so that it is time when they ring.</summary>
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(1);

    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(7);

    private readonly Lock _lock = new();
    private readonly SortedList<string, ClusterEntry> _entries = new(StringComparer.Ordinal);
    private readonly PriorityQueue<ClusterEntry, long> _expiring = new();
    private readonly Signal _changed = new();
    private long _lastVersion;

    public ValueTask<ClusterEntry?> GetAsync(string key, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        lock (_lock)
        {
            DropExpired();
            return new(_entries.GetValueOrDefault(key));
        }
    }

    public ValueTask<long?> PutAsync(string key, ReadOnlyMemory<byte> value, long? ifVersion, TimeSpan? ttl, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        lock (_lock)
        {
            if (!Holds(key, ifVersion))
            {
                return new((long?)null);
            }

            var entry = new ClusterEntry(key, value.ToArray(), ++_lastVersion);
            _entries[key] = entry;
            if (ttl is { } t)
            {
                _expiring.Enqueue(entry, time.GetTimestamp() + time.Counts(t));
            }

            _changed.Fire();
            return new(entry.Version);
        }
    }

    public ValueTask<bool> DeleteAsync(string key, long? ifVersion, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        lock (_lock)
        {
            var isDeleted = Holds(key, ifVersion) && _entries.Remove(key);
            _changed.Fire();
            return new(isDeleted);
        }
    }

    public ValueTask<IReadOnlyList<ClusterEntry>> ListAsync(string prefix, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        lock (_lock)
        {
            return new(Live(prefix));
        }
    }

    public async IAsyncEnumerable<ClusterChange> WatchAsync(string prefix, [EnumeratorCancellation] CancellationToken ct)
    {
        var known = new Dictionary<string, long>(StringComparer.Ordinal);
        while (true)
        {
            ct.ThrowIfCancellationRequested();
            var (live, changed, untilExpiry) = LookAhead(prefix);
            foreach (var key in known.Keys.Except(live.Select(static entry => entry.Key), StringComparer.Ordinal).ToList())
            {
                _ = known.Remove(key);
                yield return new(key, null);
            }

            foreach (var entry in live)
            {
                if (known.GetValueOrDefault(entry.Key) != entry.Version)
                {
                    known[entry.Key] = entry.Version;
                    yield return new(entry.Key, entry);
                }
            }

            await changed.WaitAsync(untilExpiry, time, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private (List<ClusterEntry> Live, Task Changed, TimeSpan UntilExpiry) LookAhead(string prefix)
    {
        lock (_lock)
        {
            var live = Live(prefix);
            var wait = _expiring.TryPeek(out _, out var ends) ? time.Duration(ends - time.GetTimestamp()) + Tick : LongestWait;
            return (live, _changed.Next, wait < LongestWait ? wait : LongestWait);
        }
    }

    private List<ClusterEntry> Live(string prefix)
    {
        DropExpired();
        return [.. _entries.Values.Where(entry => entry.Key.StartsWith(prefix, StringComparison.Ordinal))];
    }

    private bool Holds(string key, long? ifVersion)
    {
        DropExpired();
        return ifVersion is not { } version || (_entries.GetValueOrDefault(key)?.Version ?? 0) == version;
    }

    private void DropExpired()
    {
        var now = time.GetTimestamp();
        while (_expiring.TryPeek(out var entry, out var ends) && ends <= now)
        {
            _ = _expiring.Dequeue();
            if (_entries.GetValueOrDefault(entry.Key) == entry)
            {
                _ = _entries.Remove(entry.Key);
            }
        }
    }
}
