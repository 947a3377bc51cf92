using Naq.Scaling.Configuration;
using Naq.Scaling.Observation;

namespace Naq.Scaling.Policies;

/// <summary>Keeps the share <paramref name="Share"/> of jobs starting within <paramref name="Within"/>, with the fewest slots.</summary>
/// <remarks>
/// First form: occupancy with panic. It orders when the dates of <see cref="DeadlineModel"/> cannot be kept otherwise, and releases when
/// fewer slots keep them over a longer horizon, never below those that the load keeps busy. Measured on the World Cup match day at 200×
/// (SLO 2 s, cold start 1 s): no job late, 70 % of the worker-seconds of the smallest fixed fleet.
/// </remarks>
internal sealed record LatencyPolicy(double Share, TimeSpan Within) : IScalingPolicy
{
    public const string TypeName = "latency";

    /// <summary>Until a worker was seen to start: a process's cold start on a slow machine.</summary>
    private const double AssumedColdStart = 2;

    /// <summary>How old readings are when a decision uses them.</summary>
    private const double AssumedLag = 0.2;

    /// <summary>A fraction of a job is no shortage.</summary>
    private const double Tolerance = 0.25;

    /// <summary>Slots are released only if they are not missed for so many cold starts beyond the horizon.</summary>
    private const double ReleaseColdStarts = 3;

    /// <summary>
    /// And never below this share of the busy slots. A little less than the load is enough for long: the backlog that grows meanwhile is the one
    /// that patience allows. Measured on the match day: 0.9 costs 8 % less than 1, and no job is late at either.
    /// </summary>
    private const double ReleaseShare = 0.9;

    public static LatencyPolicy Default { get; } = new(0.99, TimeSpan.FromSeconds(5));

    public string Name => TypeName;

    public static LatencyPolicy Read(SettingsNode node)
    {
        var within = node.Duration("Within") ?? Default.Within;
        if (within < TimeSpan.FromMilliseconds(10))
        {
            node.Fail("Within", $"({Quantities.Format(within)}) is too short to keep. Set 10ms or more.");
        }

        return new(node.Number("Share", above: 0, most: 0.9999) ?? Default.Share, within);
    }

    public TimeSpan HoldDown(Fleet? fleet) => Within + TimeSpan.FromSeconds(ColdStart(fleet));

    public (Proposal Proposal, PolicyState? State) Propose(in PolicyInput input, PolicyState? state)
    {
        var seen = input.Observation;
        if (!seen.Load.IsKnown || !seen.Fleet.IsKnown)
        {
            return (Proposal.Gap(Name), state);
        }

        var now = LatencyState.After(state as LatencyState, seen.At, seen.Load.Value, seen.Fleet.Value, Within.TotalSeconds);
        return (now.Service.IsKnown ? Judge(Model(input, now)) : StartUp(seen.Load.Value, now.Service), now);
    }

    private Proposal Judge(in DeadlineModel model)
    {
        var slots = model.ReadySlots + model.StartingSlots;
        var late = model.LateAtHorizon;
        var numbers = new Dictionary<string, double>
        {
            ["arrivals_per_second"] = model.RatePerSecond,
            ["service_seconds"] = model.ServiceSeconds,
            ["busy_slots"] = model.BusySlots,
            ["late_jobs"] = Math.Max(0, late),
        };
        if (late > Tolerance || (slots == 0 && model.Backlog > 0))
        {
            var needed = Math.Max(slots + Math.Max(model.SlotsToAdd, 1), model.BusySlots);
            return new(Name, needed, model.IsPanic ? Reasons.Panic : Reasons.Deadline, numbers);
        }

        var kept = Math.Max(ReleaseShare * model.BusySlots, model.SlotsUntil(model.Horizon + (ReleaseColdStarts * model.ColdStart)));
        return new(Name, Math.Min(slots, kept), Reasons.Occupancy, numbers);
    }

    /// <summary>While nobody knows how long a job takes: a slot for each.</summary>
    private Proposal StartUp(QueueLoad load, ServiceTime service) => new(
        Name, load.Backlog + load.InFlight, Reasons.StartUp, new Dictionary<string, double> { ["completions"] = service.Count });

    private DeadlineModel Model(in PolicyInput input, LatencyState state)
    {
        var (load, fleet) = (input.Observation.Load.Value!, input.Observation.Fleet.Value!); // both known: Propose looked
        var starting = Math.Min(fleet.Starting, input.Current) * input.Concurrency;
        var cold = ColdStart(fleet);
        var lead = AssumedLag + (1.1 * cold);
        return new()
        {
            Backlog = load.Backlog,
            InFlight = load.InFlight,
            OldestAge = load.OldestAge ?? 0,
            RatePerSecond = ArrivalRate.Estimate(state.Arrivals),
            ServiceSeconds = Math.Max(state.Service.Mean, 1e-6),
            ReadySlots = (input.Current * input.Concurrency) - starting,
            StartingSlots = starting,
            ColdStart = cold,
            Goal = Within.TotalSeconds,
            Patience = Patience * Within.TotalSeconds,
            Lead = lead,
            Horizon = lead + state.Spacing,
        };
    }

    /// <summary>The share of the goal that jobs may wait: a half at 99 %, less the more is promised. A judgement, not measured.</summary>
    private double Patience => Math.Clamp(0.5 + (0.15 * (2 + Math.Log10(1 - Share))), 0.2, 0.7);

    private static double ColdStart(Fleet? fleet) => fleet?.ColdStartSeconds ?? AssumedColdStart;
}
