using Naq.Scaling.Policies;

namespace Naq.Scaling.Limiters;

/// <summary>Another autoscaler owns the pool's workers: two that pull at one number tear it, so this one keeps its hands off. Always there.</summary>
internal sealed record OwnerLimiter : ILimiter
{
    public static OwnerLimiter Instance { get; } = new();

    public string Name => "owner";

    public int Order => 70;

    public (Limited Limit, LimiterState? State) Apply(in LimitInput input, int wish, LimiterState? state)
    {
        var isOwned = input.Observation.Fleet.Value is { Owner: not null };
        var there = input.Observation.Fleet.Value?.Alive ?? input.Current;
        return (new(isOwned ? there : wish, Reasons.Owner, new Dictionary<string, double> { ["workers"] = there }) { IsAlert = true }, null);
    }
}
