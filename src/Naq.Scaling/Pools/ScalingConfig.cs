using System.Collections.Immutable;

namespace Naq.Scaling.Pools;

/// <summary>What an autoscaler runs on. Immutable.</summary>
/// <param name="Interval">The time between two regular decisions.</param>
/// <param name="Pools">The pools, in the file's order.</param>
internal sealed record ScalingConfig(TimeSpan Interval, ImmutableArray<PoolConfig> Pools)
{
    public static TimeSpan DefaultInterval { get; } = TimeSpan.FromSeconds(5);
}
