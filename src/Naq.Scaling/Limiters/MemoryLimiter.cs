using Naq.Configuration;
using Naq.Scaling.Policies;

namespace Naq.Scaling.Limiters;

/// <summary>Keeps the measured memory of a pool's workers within a budget.</summary>
/// <param name="BudgetBytes">For all of them together.</param>
/// <param name="Threshold">The share of the budget up to which workers are added.</param>
/// <param name="Buffer">A new worker is reckoned with so many times the measured mean.</param>
/// <remarks>
/// The example's MemoryAwareScaler. Workers that have not been measured yet are reckoned as new ones. Above the budget the least
/// productive worker goes first, one at a time, and the last one stays. Before anything was measured one worker may start, and no more.
/// A budget is a wall: the pool's Min yields to it.
/// </remarks>
internal sealed record MemoryLimiter(long BudgetBytes, double Threshold, double Buffer) : ILimiter
{
    public const string TypeName = "memory";

    public string Name => TypeName;

    public int Order => 40;

    public bool IsHard => true;

    public static MemoryLimiter Read(SettingsNode node)
    {
        var budget = node.Size("Budget") ?? 0;
        if (budget <= 0)
        {
            node.Fail("Budget", "is missing or 0: set a size such as \"8GB\".");
        }

        return new(budget, node.Number("Threshold", above: 0, most: 1) ?? 0.8, node.Number("Buffer", above: 0.999, most: 100) ?? 1.2);
    }

    public (Limited Limit, LimiterState? State) Apply(in LimitInput input, int wish, LimiterState? state)
    {
        var before = state as MemoryState ?? new(null, false);
        if (input.Observation.Fleet.Value is not { } fleet)
        {
            return (new(Math.Min(wish, input.Current), Reasons.Memory, Numbers(0, before.BytesPerWorker)), before);
        }

        var measured = fleet.Measured > 0 ? (double)fleet.MemoryBytes / fleet.Measured : before.BytesPerWorker;
        var there = fleet.Alive + fleet.Draining;
        var planned = measured * Buffer;
        var total = fleet.MemoryBytes + (Math.Max(0, there - fleet.Measured) * (planned ?? 0));
        var (allowed, isDropping) = Allow(fleet, input.Current, total, planned, before.IsDropping);
        var limit = new Limited(Math.Min(wish, allowed), Reasons.Memory, Numbers(total, measured))
        {
            Victim = allowed < input.Current ? fleet.LeastProductive : null,
        };
        return (limit, new MemoryState(measured, isDropping));
    }

    private (int Allowed, bool IsDropping) Allow(Observation.Fleet fleet, int current, double total, double? planned, bool isDropping)
    {
        if (planned is not { } perWorker)
        {
            return (Math.Max(1, Math.Min(current, fleet.Alive)), false);
        }

        if (total > BudgetBytes)
        {
            // The one that was let go may still drain: its memory comes back before another has to go.
            return isDropping && fleet.Draining > 0 ? (current, true) : (Math.Max(1, Math.Min(current, fleet.Alive) - 1), true);
        }

        var room = Math.Max(0, Math.Floor(((Threshold * BudgetBytes) - total) / perWorker));
        return ((int)Math.Clamp(fleet.Alive + room, 1, int.MaxValue / 2), false);
    }

    private Dictionary<string, double> Numbers(double total, double? perWorker) => new()
    {
        ["memory_bytes"] = total, ["budget_bytes"] = BudgetBytes, ["bytes_per_worker"] = perWorker ?? 0,
    };
}

/// <summary>The last measured mean, and whether a worker was let go for it.</summary>
internal sealed record MemoryState(double? BytesPerWorker, bool IsDropping) : LimiterState;
