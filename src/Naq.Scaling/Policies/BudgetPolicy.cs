using Naq.Configuration;
using Naq.Scaling.Observation;

namespace Naq.Scaling.Policies;

/// <summary>Head-room for bursts that nobody can foretell: free slots beyond what is open now, and what they cost.</summary>
/// <param name="Spare">Free slots.</param>
/// <param name="Percent">Free slots as a share of the open jobs; the larger of both counts.</param>
/// <remarks>To be put beside a policy for the load itself. A 16-fold burst needs 1,500 %: its price is in the numbers of each decision.</remarks>
internal sealed record BudgetPolicy(int Spare, double Percent) : IScalingPolicy
{
    public const string TypeName = "budget";

    public string Name => TypeName;

    public static BudgetPolicy Read(SettingsNode node)
    {
        var policy = new BudgetPolicy(node.Int("Spare", least: 1) ?? 0, node.Number("Percent", above: 0, most: 100_000) ?? 0);
        if (policy is { Spare: 0, Percent: 0 })
        {
            node.Add("keeps nothing free: set Spare (slots), Percent or both.");
        }

        return policy;
    }

    public TimeSpan HoldDown(Fleet? fleet) => TimeSpan.FromMinutes(1);

    public (Proposal Proposal, PolicyState? State) Propose(in PolicyInput input, PolicyState? state)
    {
        if (input.Observation.Load is not { IsKnown: true, Value: var load })
        {
            return (Proposal.Gap(Name), null);
        }

        var open = (double)load.Backlog + load.InFlight;
        var spare = Math.Max(Spare, open * Percent / 100);
        var workers = Math.Ceiling(spare / input.Concurrency);
        var numbers = new Dictionary<string, double>
        {
            ["open_jobs"] = open, ["spare_slots"] = spare, ["spare_workers"] = workers, ["spare_worker_hours_per_day"] = 24 * workers,
        };
        return (new(Name, open + spare, Reasons.Budget, numbers), null);
    }
}
