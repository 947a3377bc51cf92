using Naq.Configuration;
using Naq.Scaling.Observation;

namespace Naq.Scaling.Policies;

/// <summary>So many open jobs (waiting or running) per worker, with the arithmetic of Kubernetes' autoscaler for an average value.</summary>
/// <param name="PerWorker">Open jobs that one worker is wanted for; null: its slots.</param>
/// <param name="Tolerance">No change while the load is within this share of what the present number is for; 0 to 1.</param>
/// <remarks>
/// ceil(load / target), as <c>GetExternalPerPodMetricReplicas</c> of the HPA's replica calculator; from no worker any job asks for one, as
/// KEDA activates. Jobs that run count: by depth alone a busy pool looks idle.
/// </remarks>
internal sealed record BacklogPolicy(double? PerWorker, double Tolerance = 0.1) : IScalingPolicy
{
    public const string TypeName = "backlog";

    public string Name => TypeName;

    public static BacklogPolicy Read(SettingsNode node) =>
        new(node.Number("PerWorker", above: 0, most: 1e9), node.Number("Tolerance", above: -1e-9, most: 1) ?? 0.1);

    /// <summary>The HPA's stabilisation window for scaling down.</summary>
    public TimeSpan HoldDown(Fleet? fleet) => TimeSpan.FromMinutes(5);

    public (Proposal Proposal, PolicyState? State) Propose(in PolicyInput input, PolicyState? state)
    {
        if (input.Observation.Load is not { IsKnown: true, Value: var load })
        {
            return (Proposal.Gap(Name), null);
        }

        var (open, target) = ((double)load.Backlog + load.InFlight, PerWorker ?? input.Concurrency);
        var isClose = input.Current > 0 && Math.Abs((open / (target * input.Current)) - 1) <= Tolerance;
        var workers = isClose ? input.Current : Math.Ceiling(open / target);
        var numbers = new Dictionary<string, double> { ["open_jobs"] = open, ["per_worker"] = target, ["tolerance"] = Tolerance };
        return (new(Name, workers * input.Concurrency, Reasons.Backlog, numbers), null);
    }
}
