using System.Collections.Immutable;
using Naq.Scaling.Limiters;
using Naq.Scaling.Policies;
using Naq.Scaling.Policies.Latency;

namespace Naq.Scaling.Pools;

/// <summary>How a worker of a pool is started.</summary>
public sealed record WorkerTemplate
{
    /// <summary>Slots.</summary>
    public int Concurrency { get; init; } = Environment.ProcessorCount;

    /// <summary>The age at which a worker is replaced; null: never.</summary>
    public TimeSpan? Ttl { get; init; }

    /// <summary>The memory at which a worker is replaced; null: none.</summary>
    public long? MaxMemoryBytes { get; init; }

    /// <value>Jobs after which a worker is replaced; null: never.</value>
    public int? MaxJobs { get; init; }
}

/// <summary>A pool: queues, the workers that serve them, how many there may be, and who decides. Immutable.</summary>
public sealed record PoolConfig
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>The queues that its workers serve, in this order.</summary>
    public required ImmutableArray<string> Queues { get; init; }

    /// <summary>The least workers. Default 1.</summary>
    public int Min { get; init; } = 1;

    /// <summary>The most workers that claim. Default 10.</summary>
    public int Max { get; init; } = 10;

    /// <summary>The time between two regular decisions. Default 5 s.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How a worker is started.</summary>
    public WorkerTemplate Worker { get; init; } = new();

    /// <summary>Who proposes; the highest wins.</summary>
    internal ImmutableArray<IScalingPolicy> Policies { get; init; } = [LatencyPolicy.Default];

    /// <summary>Who limits, in their fixed order.</summary>
    internal ImmutableArray<ILimiter> Limiters { get; init; } = [new HoldLimiter(null, TimeSpan.Zero), OwnerLimiter.Instance, BoundsLimiter.Instance];

    /// <summary>The name of its provisioner.</summary>
    public string Provisioner { get; init; } = "process";

    /// <summary>The configuration that it was read from; null: made by code.</summary>
    internal string? Text { get; init; }

    /// <summary>The pool under a person's orders: a number of workers silences policies and limiters, bounds are replaced.</summary>
    internal PoolConfig Under(PoolOverride? orders)
    {
        if (orders is null)
        {
            return this;
        }

        var min = orders.Min ?? Math.Min(Min, orders.Max ?? Min);
        var bounded = this with { Min = min, Max = Math.Max(min, orders.Max ?? Max) };
        return orders.Workers is not { } workers
            ? bounded
            : bounded with
            {
                Min = Math.Min(workers, bounded.Min),
                Max = Math.Max(workers, bounded.Max),
                Policies = [new StaticPolicy(workers)],
                Limiters = [BoundsLimiter.Instance],
            };
    }
}
