using Naq.Configuration;
using Naq.Scaling.Policies;

namespace Naq.Scaling.Limiters;

/// <summary>At most so many workers, of this pool or of all pools of this autoscaler that name the same quota.</summary>
/// <param name="Workers">How many.</param>
/// <param name="Shared">The quota's name; null: the pool's own.</param>
/// <remarks>What others have in force counts first, so a pool that comes late waits. A quota is a wall: the pool's Min yields to it.</remarks>
internal sealed record QuotaLimiter(int Workers, string? Shared) : ILimiter
{
    public const string TypeName = "quota";

    public string Name => TypeName;

    public int Order => 30;

    public bool IsHard => true;

    public static QuotaLimiter Read(SettingsNode node) => new(node.RequiredInt("Workers", least: 1), node.String("Name"));

    public (Limited Limit, LimiterState? State) Apply(in LimitInput input, int wish, LimiterState? state)
    {
        var left = Math.Max(0, Workers - (Shared is null ? 0 : input.Observation.OthersInQuota));
        var numbers = new Dictionary<string, double> { ["quota"] = Workers, ["others"] = input.Observation.OthersInQuota };
        return (new(Math.Min(wish, left), Reasons.Quota, numbers), null);
    }
}
