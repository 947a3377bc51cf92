using Naq.Scaling.Policies;

namespace Naq.Scaling.Limiters;

/// <summary>The pool's least and most. Always there, always last.</summary>
internal sealed record BoundsLimiter : ILimiter
{
    public static BoundsLimiter Instance { get; } = new();

    public string Name => "bounds";

    public int Order => int.MaxValue;

    public (Limited Limit, LimiterState? State) Apply(in LimitInput input, int wish, LimiterState? state)
    {
        var numbers = new Dictionary<string, double> { ["min"] = input.Min, ["max"] = input.Max };
        var reason = wish < input.Min ? Reasons.ClampMin : Reasons.ClampMax;
        var least = Math.Min(input.Min, input.Ceiling);
        return (new(Math.Clamp(wish, least, Math.Max(least, input.Max)), reason, numbers), null);
    }
}
