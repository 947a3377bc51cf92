using Naq.Configuration;
using Naq.Scaling.Observation;

namespace Naq.Scaling.Policies;

/// <summary>Always the same number of workers.</summary>
internal sealed record StaticPolicy(int Workers) : IScalingPolicy
{
    public const string TypeName = "static";

    public string Name => TypeName;

    public static StaticPolicy Read(SettingsNode node) => new(node.Int("Workers", least: 0) ?? 0);

    public TimeSpan HoldDown(Fleet? fleet) => TimeSpan.Zero;

    public (Proposal Proposal, PolicyState? State) Propose(in PolicyInput input, PolicyState? state)
    {
        var numbers = new Dictionary<string, double> { ["workers"] = Workers };
        return (new(Name, (double)Workers * input.Concurrency, Reasons.Static, numbers), null);
    }
}
