using System.Globalization;
using System.Text.Json;
using Naq.Brokers;

namespace Naq.Scaling.Decisions;

/// <summary>The recorded decisions of pools, <c>decisions/POOL/NUMBER</c>, the newest thousand of each.</summary>
internal sealed class DecisionLog(IClusterStore cluster)
{
    /// <summary>Decisions kept of each pool.</summary>
    public const int Kept = 1000;

    private static string Prefix(string pool) => $"decisions/{pool}/";

    private static string Key(string pool, long number) => Prefix(pool) + number.ToString("D12", CultureInfo.InvariantCulture);

    /// <summary>Keeps a decision by its number, and what it remembers for the next leader; lets the oldest go. Three writes.</summary>
    public async ValueTask RecordAsync(Decision decision, PoolState state, CancellationToken ct)
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(decision, DecisionJson.Default.Decision);
        _ = await cluster.PutAsync(Key(decision.Pool, decision.Number), bytes, ifVersion: null, ttl: null, ct).ConfigureAwait(false);
        _ = await cluster.PutAsync(PoolState.Key(decision.Pool), state.ToBytes(), ifVersion: null, ttl: null, ct).ConfigureAwait(false);
        if (decision.Number > Kept)
        {
            _ = await cluster.DeleteAsync(Key(decision.Pool, decision.Number - Kept), ifVersion: null, ct).ConfigureAwait(false);
        }
    }

    /// <summary>What the last leader remembered; empty: nothing.</summary>
    public async ValueTask<PoolState> LastStateAsync(string pool, CancellationToken ct) =>
        await cluster.GetAsync(PoolState.Key(pool), ct).ConfigureAwait(false) is { } entry ? PoolState.FromBytes(entry.Value.Span) : PoolState.Empty;

    /// <summary>One decision by its number; null: it is not made yet, or not kept any more. One read.</summary>
    public async ValueTask<Decision?> ReadAsync(string pool, long number, CancellationToken ct) =>
        await cluster.GetAsync(Key(pool, number), ct).ConfigureAwait(false) is { } entry ? Parse(entry) : null;

    /// <summary>The newest decisions, newest first.</summary>
    public async ValueTask<IReadOnlyList<Decision>> NewestAsync(string pool, int limit, CancellationToken ct)
    {
        var entries = await cluster.ListAsync(Prefix(pool), ct).ConfigureAwait(false);
        return [.. entries.Reverse().Take(limit).Select(Parse).OfType<Decision>()];
    }

    /// <summary>The decision in force at a time: the newest that is not later; null: none is kept.</summary>
    public async ValueTask<Decision?> InForceAtAsync(string pool, DateTimeOffset time, CancellationToken ct) =>
        (await NewestAsync(pool, Kept, ct).ConfigureAwait(false)).FirstOrDefault(d => d.DecidedAt <= time);

    /// <summary>Every pool with a recorded decision, by name.</summary>
    public async ValueTask<IReadOnlyList<string>> PoolsAsync(CancellationToken ct) =>
    [
        .. (await cluster.ListAsync("pools/", ct).ConfigureAwait(false))
            .Select(static e => e.Key.Split('/')).Where(static k => k is [_, _, "state"]).Select(static k => k[1]),
    ];

    private static Decision? Parse(ClusterEntry entry) => JsonSerializer.Deserialize(entry.Value.Span, DecisionJson.Default.Decision);
}
