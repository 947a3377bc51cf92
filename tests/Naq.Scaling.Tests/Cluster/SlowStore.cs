using Microsoft.Extensions.Time.Testing;
using Naq.Brokers;

namespace Naq.Scaling.Tests.Cluster;

/// <summary>A cluster store whose writes take effect at once and answer late.</summary>
internal sealed class SlowStore(IClusterStore inner, FakeTimeProvider time, TimeSpan delay) : IClusterStore
{
    public ValueTask<ClusterEntry?> GetAsync(string key, CancellationToken ct) => inner.GetAsync(key, ct);

    public async ValueTask<long?> PutAsync(string key, ReadOnlyMemory<byte> value, long? ifVersion, TimeSpan? ttl, CancellationToken ct)
    {
        var version = await inner.PutAsync(key, value, ifVersion, ttl, ct);
        time.Advance(delay);
        return version;
    }

    public ValueTask<bool> DeleteAsync(string key, long? ifVersion, CancellationToken ct) => inner.DeleteAsync(key, ifVersion, ct);

    public ValueTask<IReadOnlyList<ClusterEntry>> ListAsync(string prefix, CancellationToken ct) => inner.ListAsync(prefix, ct);

    public IAsyncEnumerable<ClusterChange> WatchAsync(string prefix, CancellationToken ct) => inner.WatchAsync(prefix, ct);
}
