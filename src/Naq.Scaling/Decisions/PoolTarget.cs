using System.Text.Json;
using Naq.Brokers;

namespace Naq.Scaling.Decisions;

/// <summary>The number of workers that a pool shall have, written before anything is done about it. Under <c>pools/POOL/target</c>.</summary>
/// <param name="Epoch">The fence of the leader that wants it.</param>
/// <param name="Desired">The number.</param>
/// <param name="Decision">The number of the decision.</param>
internal sealed record PoolTarget(long Epoch, int Desired, long Decision)
{
    public static string Key(string pool) => $"pools/{pool}/target";

    public static async ValueTask<PoolTarget?> ReadAsync(IClusterStore cluster, string pool, CancellationToken ct) =>
        Parse(await cluster.GetAsync(Key(pool), ct).ConfigureAwait(false));

    /// <summary>Writes it, unless a leader of a later epoch has written: then the caller is stale and must not act. False: refused.</summary>
    public async ValueTask<bool> TryWriteAsync(IClusterStore cluster, string pool, CancellationToken ct)
    {
        while (true)
        {
            var entry = await cluster.GetAsync(Key(pool), ct).ConfigureAwait(false);
            if (Parse(entry) is { } stored && stored.Epoch > Epoch)
            {
                return false;
            }

            var bytes = JsonSerializer.SerializeToUtf8Bytes(this, DecisionJson.Default.PoolTarget);
            if (await cluster.PutAsync(Key(pool), bytes, entry?.Version ?? 0, ttl: null, ct).ConfigureAwait(false) is not null)
            {
                return true;
            }
        }
    }

    private static PoolTarget? Parse(ClusterEntry? entry) =>
        entry is null ? null : JsonSerializer.Deserialize(entry.Value.Span, DecisionJson.Default.PoolTarget);
}
