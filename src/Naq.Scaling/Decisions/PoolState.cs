using System.Collections.Immutable;
using System.Text.Json;
using Naq.Scaling.Limiters;
using Naq.Scaling.Policies;

namespace Naq.Scaling.Decisions;

/// <summary>All that a pool's decisions remember. Stored with each recorded decision, so that a new leader goes on.</summary>
internal sealed record PoolState
{
    private const int CurrentVersion = 1;

    public static PoolState Empty { get; } = new();

    /// <summary>Of this shape. A state of another version is forgotten, never guessed at.</summary>
    public int Version { get; init; } = CurrentVersion;

    /// <summary>The time of the last decision, in seconds on the pool's axis.</summary>
    public double At { get; init; }

    /// <summary>The number in force; null: nothing was decided yet.</summary>
    public int? Desired { get; init; }

    /// <summary>The highest numbers in force of late, for gaps.</summary>
    public ImmutableArray<Wish> Recent { get; init; } = [];

    /// <summary>Since when a reading that a policy needs is unknown; null: none is.</summary>
    public double? GapSince { get; init; }

    /// <summary>The last known cold start in seconds, for when nobody is there to be measured; null: none was known.</summary>
    public double? ColdStartSeconds { get; init; }

    public ImmutableSortedDictionary<string, PolicyState> Policies { get; init; } = ImmutableSortedDictionary<string, PolicyState>.Empty;

    public ImmutableSortedDictionary<string, LimiterState> Limiters { get; init; } = ImmutableSortedDictionary<string, LimiterState>.Empty;

    public static string Key(string pool) => $"pools/{pool}/state";

    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, DecisionJson.Default.PoolState);

    public static PoolState FromBytes(ReadOnlySpan<byte> bytes) =>
        JsonSerializer.Deserialize(bytes, DecisionJson.Default.PoolState) is { Version: CurrentVersion } state ? state : Empty;
}
