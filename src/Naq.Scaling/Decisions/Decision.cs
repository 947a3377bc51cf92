using Naq.Scaling.Observation;
using Naq.Scaling.Policies;
using Naq.Scaling.Pools;

namespace Naq.Scaling.Decisions;

/// <summary>What was decided for a pool, with everything that it rests on.</summary>
internal sealed record Decision
{
    public required string Pool { get; init; }

    /// <summary>Counts the recorded decisions of the pool; 0: not recorded.</summary>
    public long Number { get; init; }

    /// <summary>The fence of the leader that decided.</summary>
    public long Epoch { get; init; }

    /// <summary>When, by the wall clock. For people only: nothing is decided by it.</summary>
    public DateTimeOffset DecidedAt { get; init; }

    /// <summary>Workers in force before.</summary>
    public required int From { get; init; }

    /// <summary>Workers from now on.</summary>
    public required int To { get; init; }

    /// <summary>What the highest proposal comes to in workers, before any limiter.</summary>
    public required int Wish { get; init; }

    /// <summary>The number held because a reading is unknown; null: a proposal won.</summary>
    public int? Held { get; init; }

    /// <summary>Slots of a worker.</summary>
    public required int Concurrency { get; init; }

    /// <summary>The codes of the winning proposal and of each limiter that changed something.</summary>
    public required IReadOnlyList<string> Reasons { get; init; }

    /// <summary>What every policy proposed.</summary>
    public required IReadOnlyList<Proposal> Proposals { get; init; }

    /// <summary>What every limiter that changed something did, in order.</summary>
    public required IReadOnlyList<LimitStep> Steps { get; init; }

    public required PoolObservation Observation { get; init; }

    /// <summary>Replicas that limiters want to go first.</summary>
    public IReadOnlyList<string> Victims { get; init; } = [];

    /// <summary>Whether somebody should hear of it.</summary>
    public bool IsAlert { get; init; }

    /// <summary>A person's orders in force; null: none.</summary>
    public PoolOverride? Override { get; init; }

    /// <summary>Whether it moves the number.</summary>
    public bool IsChange => To != From;
}

/// <summary>What one limiter did.</summary>
/// <param name="Limiter">Its name.</param>
/// <param name="Reason">Its code.</param>
/// <param name="From">The number before it.</param>
/// <param name="To">The number after it.</param>
/// <param name="Without">What would have been decided if it alone had not been there.</param>
/// <param name="Numbers">What the reason rests on.</param>
internal sealed record LimitStep(string Limiter, string Reason, int From, int To, int Without, IReadOnlyDictionary<string, double> Numbers);
