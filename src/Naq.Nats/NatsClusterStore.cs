using Naq.Brokers;

namespace Naq.Nats;

/// <summary>Not in the spike: the shared map will be a key-value bucket.</summary>
internal sealed class NatsClusterStore : IClusterStore
{
    public ValueTask<ClusterEntry?> GetAsync(string key, CancellationToken ct) => throw NotYet();

    public ValueTask<long?> PutAsync(string key, ReadOnlyMemory<byte> value, long? ifVersion, TimeSpan? ttl, CancellationToken ct) =>
        throw NotYet();

    public ValueTask<bool> DeleteAsync(string key, long? ifVersion, CancellationToken ct) => throw NotYet();

    public ValueTask<IReadOnlyList<ClusterEntry>> ListAsync(string prefix, CancellationToken ct) => throw NotYet();

    public IAsyncEnumerable<ClusterChange> WatchAsync(string prefix, CancellationToken ct) => throw NotYet();

    private static NotSupportedException NotYet() => new("The NATS spike has no cluster store yet.");
}
