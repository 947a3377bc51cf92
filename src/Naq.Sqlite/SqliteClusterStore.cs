using System.Runtime.CompilerServices;
using Naq.Brokers;

namespace Naq.Sqlite;

/// <summary>The shared map in the same file.</summary>
internal sealed class SqliteClusterStore(Session session, SqliteJobStore jobs) : IClusterStore
{
    public ValueTask<ClusterEntry?> GetAsync(string key, CancellationToken ct) => new(session.Reads.Get(key, session.Clock.MonoMs));

    public ValueTask<long?> PutAsync(string key, ReadOnlyMemory<byte> value, long? ifVersion, TimeSpan? ttl, CancellationToken ct) =>
        jobs.ChangeAsync(side => side.Keys.Put(side.Tx, key, value.Span, ifVersion, ttl), ct);

    public ValueTask<bool> DeleteAsync(string key, long? ifVersion, CancellationToken ct) =>
        jobs.ChangeAsync(side => side.Keys.Delete(side.Tx, key, ifVersion), ct);

    public ValueTask<IReadOnlyList<ClusterEntry>> ListAsync(string prefix, CancellationToken ct) =>
        new(session.Reads.Entries(prefix, session.Clock.MonoMs));

    public async IAsyncEnumerable<ClusterChange> WatchAsync(string prefix, [EnumeratorCancellation] CancellationToken ct)
    {
        var known = new Dictionary<string, long>(StringComparer.Ordinal);
        var seen = 0L;
        while (true)
        {
            var now = session.Reads.Entries(prefix, session.Clock.MonoMs);
            foreach (var key in known.Keys.Except(now.Select(static e => e.Key), StringComparer.Ordinal).ToList())
            {
                _ = known.Remove(key);
                yield return new(key, null);
            }

            foreach (var entry in now)
            {
                if (known.GetValueOrDefault(entry.Key) != entry.Version)
                {
                    known[entry.Key] = entry.Version;
                    yield return new(entry.Key, entry);
                }
            }

            seen = await session.Changes.WaitLazilyAsync(seen, ct).ConfigureAwait(false);
        }
    }
}
