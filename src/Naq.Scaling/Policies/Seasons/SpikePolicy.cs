using Naq.Configuration;
using Naq.Scaling.Forecasting;
using Naq.Scaling.Observation;

namespace Naq.Scaling.Policies.Seasons;

/// <summary>Slots for bursts that come back by the hour or the day, in time and no longer: to be put beside a policy for the usual load.</summary>
/// <param name="Within">A job of the burst should start within so long.</param>
/// <remarks><c>latency</c> knows such bursts already; this is for pools that follow another policy. Nothing foretold: it asks for nothing.</remarks>
internal sealed record SpikePolicy(TimeSpan Within) : IScalingPolicy
{
    public const string TypeName = "spike";

    private const double AssumedColdStart = 2;

    public string Name => TypeName;

    public static SpikePolicy Read(SettingsNode node)
    {
        var within = node.Duration("Within") ?? TimeSpan.FromSeconds(30);
        if (within < TimeSpan.FromMilliseconds(10))
        {
            node.Fail("Within", $"({Quantities.Format(within)}) is too short to keep. Set 10ms or more.");
        }

        return new(within);
    }

    public TimeSpan HoldDown(Fleet? fleet) => TimeSpan.Zero;

    public (Proposal Proposal, PolicyState? State) Propose(in PolicyInput input, PolicyState? state)
    {
        if (input.Observation is not { Load: { IsKnown: true, Value: var load, At: var at }, Fleet.Value: { } fleet })
        {
            return (Proposal.Gap(Name), state);
        }

        var (bins, epoch, goal) = (input.History.Fine, input.Observation.Epoch, Within.TotalSeconds);
        var before = state as ServiceState ?? new();
        var sums = new ServiceSums(fleet.ServiceCount, fleet.ServiceSeconds, fleet.ServiceSecondsSquared);
        var seen = new ServiceState { Service = before.Service.Look(at, sums, load.InFlight) };
        if (bins.IsEmpty)
        {
            return (Proposal.Abstain(Name, Reasons.Spike), seen);
        }

        var service = seen.Service.Planned(goal);
        var lead = (fleet.ColdStartSeconds ?? AssumedColdStart) + input.Interval;
        var jobs = Math.Max(
            Begun(bins, epoch, goal + service),
            RecurrentSpikes.Ahead(bins, epoch, lead).Select(static s => s.Jobs).DefaultIfEmpty(0).Max());

        // A slot starts one job at once and the others of the goal one after another.
        var slots = jobs / (1 + (goal / service));
        var numbers = new Dictionary<string, double> { ["spike_jobs"] = jobs, ["service_seconds"] = service, ["lead_seconds"] = lead };
        return (new(Name, slots, Reasons.Spike, numbers), seen);
    }

    /// <summary>The highest burst that has begun and whose last jobs may still be there.</summary>
    private static double Begun(ArrivalBins bins, double epoch, double lasting)
    {
        var highest = 0.0;
        for (var bin = bins.BinAt(epoch - lasting); bin <= bins.BinAt(epoch); bin++)
        {
            highest = Math.Max(highest, RecurrentSpikes.Height(bins, bin));
        }

        return highest;
    }
}
