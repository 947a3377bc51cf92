using System.Text.Json;
using System.Text.Json.Serialization;
using Naq.Brokers;

namespace Naq.Scaling.Pools;

/// <summary>A person's orders for a pool, honoured at the next tick until they are deleted. Stored under <c>control/pools/POOL</c>.</summary>
/// <param name="Min">Instead of the configured least; null: as configured.</param>
/// <param name="Max">Instead of the configured most; null: as configured.</param>
/// <param name="Workers">Exactly so many, whatever policies say; null: they decide.</param>
internal sealed record PoolOverride(int? Min = null, int? Max = null, int? Workers = null)
{
    public static string Key(string pool) => "control/pools/" + pool;

    public static async ValueTask<PoolOverride?> ReadAsync(IClusterStore cluster, string pool, CancellationToken ct) =>
        await cluster.GetAsync(Key(pool), ct).ConfigureAwait(false) is { } entry
            ? JsonSerializer.Deserialize(entry.Value.Span, PoolJson.Default.PoolOverride)
            : null;

    /// <summary>Gives orders; null takes them back.</summary>
    /// <exception cref="NaqConfigurationException">A number is negative, or the least above the most.</exception>
    public static async ValueTask WriteAsync(IClusterStore cluster, string pool, PoolOverride? orders, CancellationToken ct)
    {
        if (orders is null)
        {
            _ = await cluster.DeleteAsync(Key(pool), ifVersion: null, ct).ConfigureAwait(false);
            return;
        }

        orders.Check(pool);
        var bytes = JsonSerializer.SerializeToUtf8Bytes(orders, PoolJson.Default.PoolOverride);
        _ = await cluster.PutAsync(Key(pool), bytes, ifVersion: null, ttl: null, ct).ConfigureAwait(false);
    }

    private void Check(string pool)
    {
        if (Min < 0 || Max < 0 || Workers < 0)
        {
            throw new NaqConfigurationException($"Pool '{pool}': a negative number of workers is not possible. Set 0 or more.");
        }

        if (Min > Max)
        {
            throw new NaqConfigurationException($"Pool '{pool}': Min ({Min}) is above Max ({Max}). Set Max >= {Min} or lower Min.");
        }
    }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(PoolOverride))]
internal sealed partial class PoolJson : JsonSerializerContext;
