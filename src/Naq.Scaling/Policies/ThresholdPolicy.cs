using Naq.Configuration;
using Naq.Scaling.Observation;

namespace Naq.Scaling.Policies;

/// <summary>The example's rule: above <paramref name="Up"/> pending jobs a step up, below <paramref name="Down"/> one worker down.</summary>
/// <param name="Up">More pending jobs than this: scale out.</param>
/// <param name="Down">Fewer than this (with 0: none at all): one worker less, once that has lasted for the hold.</param>
/// <param name="Target">The pending jobs aimed at.</param>
/// <param name="Step">Workers per step up; null: ceil((pending − target) / max(1, up − target)).</param>
internal sealed record ThresholdPolicy(long Up, long Down, long Target, int? Step) : IScalingPolicy
{
    public const string TypeName = "threshold";

    public string Name => TypeName;

    public static ThresholdPolicy Read(SettingsNode node) => Read(node, "Up", "Down", "Target", "Step");

    /// <summary>Reads it from members of any spelling.</summary>
    public static ThresholdPolicy Read(SettingsNode node, string up, string down, string target, string step)
    {
        var policy = new ThresholdPolicy(
            node.RequiredInt(up, least: 0), node.RequiredInt(down, least: 0), node.Int(target, least: 0) ?? 0, node.Int(step, least: 1));
        if (policy.Down > policy.Up)
        {
            node.Fail(down, $"({policy.Down}) is above {up} ({policy.Up}); a pool would grow and shrink at once. Set {down} <= {up}.");
        }

        return policy;
    }

    public TimeSpan HoldDown(Fleet? fleet) => TimeSpan.FromMinutes(5);

    public (Proposal Proposal, PolicyState? State) Propose(in PolicyInput input, PolicyState? state)
    {
        if (input.Observation.Load is not { IsKnown: true, Value: var load })
        {
            return (Proposal.Gap(Name), null);
        }

        var pending = load.Backlog;
        var change = pending > Up ? StepFor(pending) : IsLow(pending) ? -1 : 0;
        var numbers = new Dictionary<string, double> { ["pending"] = pending, ["up"] = Up, ["down"] = Down, ["change"] = change };
        return (new(Name, Math.Max(0, input.Current + change) * (double)input.Concurrency, Reasons.Threshold, numbers), null);
    }

    private bool IsLow(long pending) => Down == 0 ? pending <= 0 : pending < Down;

    private double StepFor(long pending) => Step ?? Math.Ceiling((pending - Target) / (double)Math.Max(1, Up - Target));
}
