using System.Collections.Immutable;
using Naq.Configuration;
using Naq.Scaling.Forecasting;
using Naq.Scaling.Observation;

namespace Naq.Scaling.Policies.Latency;

/// <summary>Keeps the share <paramref name="Share"/> of jobs starting within <paramref name="Within"/>, with the fewest workers: just in time.</summary>
/// <remarks>
/// Capacity is ordered for a date, not for a level: a job may wait a part of its goal, so a fleet is right as soon as it can start all that
/// is due by then. It orders the fewest workers that <see cref="FluidModel"/> finds feasible up to when an order can be there, and lets one
/// go only if it will not be missed for long enough to pay for its return. Pure; at most about 15 runs of the model a decision.
/// </remarks>
internal sealed record LatencyPolicy(double Share, TimeSpan Within, LatencyPreset Preset = LatencyPreset.Normal) : IScalingPolicy
{
    public const string TypeName = "latency";

    /// <summary>Until a worker was seen to start: a process's cold start on a slow machine.</summary>
    private const double AssumedColdStart = 2;

    /// <summary>A cold start is reckoned so much longer than its usual length; and who is overdue, to come in this share of it.</summary>
    private const double ColdStartSafety = 1.1;
    private const double OverdueShare = 0.1;

    /// <summary>The longest window of the arrival rate, in goals.</summary>
    private const double RateWindow = 6;

    /// <summary>The share of its slots that a draining worker still fills, on average.</summary>
    private const double DrainingShare = 0.5;

    public static LatencyPolicy Default { get; } = new(0.99, TimeSpan.FromSeconds(5));

    public string Name => TypeName;

    /// <summary>Tells the arrivals to come, for a calendar time and the seconds after it, instead of an estimate; null: nobody can. For simulations.</summary>
    public Func<double, double, ImmutableArray<Spike>>? Foresight { get; init; }

    private double Goal => Within.TotalSeconds;

    public static LatencyPolicy Read(SettingsNode node)
    {
        var within = node.Duration("Within") ?? Default.Within;
        if (within < TimeSpan.FromMilliseconds(10))
        {
            node.Fail("Within", $"({Quantities.Format(within)}) is too short to keep. Set 10ms or more.");
        }

        var preset = node.Choice("Preset", LatencyPreset.Normal);
        return new(node.Number("Share", above: 0, most: 0.9999) ?? Default.Share, within, preset);
    }

    /// <summary>Break-even decides when to let go: a hold on top would only cost.</summary>
    public TimeSpan HoldDown(Fleet? fleet) => TimeSpan.Zero;

    public (Proposal Proposal, PolicyState? State) Propose(in PolicyInput input, PolicyState? state)
    {
        if (input.Observation is not { Load: { IsKnown: true, Value: var load, At: var sampledAt }, Fleet.Value: { } fleet })
        {
            return (Proposal.Gap(Name), state);
        }

        var before = state as LatencyState ?? new();
        var seen = Look(input, load, fleet, sampledAt, before);
        var now = new Moment(input, seen, fleet.ColdStartSeconds ?? AssumedColdStart, sampledAt);
        var tuning = LatencyTuning.Of(Preset, now.Lead, Goal);
        var waste = seen.Service.Planned(Goal) * (Harmonic(input.Concurrency) - 1);
        var horizonDown = now.Lead + input.Interval + (tuning.BreakEven * (now.ColdStart + waste));
        var model = Model(now, load, fleet, tuning, horizonDown, before.Ready);
        seen = seen with { Budget = Charge(now, model, load, tuning), UsualRate = model.RatePerSecond };

        var patience = seen.Budget.Patience * Goal;
        model = model with { Patience = patience, Burstiness = seen.Budget.Burstiness };
        var behind = tuning.LookBehind * patience;
        var up = new FleetSearch(model, now.Lead + input.Interval + behind, now.Lead);
        var down = new FleetSearch(model, horizonDown + behind, 0);
        var (workers, reason) = Choose(model, up, down, now);
        return (new(Name, (double)workers * input.Concurrency, reason, Numbers(model, now.Lead)), seen);
    }

    /// <summary>What a decision's times come to.</summary>
    private readonly record struct Moment(PolicyInput Input, LatencyState Seen, double ColdStart, double SampledAt)
    {
        /// <summary>The age of the readings.</summary>
        public double Lag => Math.Max(0, Input.Observation.At - SampledAt);

        /// <summary>From the readings to when a worker ordered now claims.</summary>
        public double Lead => Lag + (ColdStartSafety * ColdStart);
    }

    private LatencyState Look(in PolicyInput input, QueueLoad load, Fleet fleet, double sampledAt, LatencyState before)
    {
        var (lag, cold) = (Math.Max(0, input.Observation.At - sampledAt), fleet.ColdStartSeconds ?? AssumedColdStart);
        var last = before.Arrivals.IsEmpty ? new(sampledAt, load.ArrivedTotal, 0) : before.Arrivals[^1];
        var (foretold, taken) = before.Foretold.Look(
            input.History.Fine,
            input.Observation.Epoch - lag,
            Math.Max(0, load.ArrivedTotal - last.Total),
            before.UsualRate * Math.Max(0, sampledAt - last.At),
            input.Interval);
        return before with
        {
            Foretold = foretold,
            Arrivals = ArrivalRate.Add(before.Arrivals, sampledAt, load.ArrivedTotal, taken, RateWindow * Goal),
            Service = before.Service.Look(sampledAt, new(fleet.ServiceCount, fleet.ServiceSeconds, fleet.ServiceSecondsSquared), load.InFlight),
            Orders = before.Orders.Look(input.Observation.At, input.Current, fleet.Alive, fleet.Starting, ColdStartSafety * cold),
            Progress = before.Progress.Look(sampledAt, load.CompletedTotal, load.InFlight, load.Backlog, fleet.Alive),
            Ready = fleet.Claiming,
        };
    }

    private FluidModel Model(in Moment now, QueueLoad load, Fleet fleet, in LatencyTuning tuning, double horizonDown, int readyBefore)
    {
        var (input, seen) = (now.Input, now.Seen);
        var readySlots = (double)fleet.Claiming * input.Concurrency;
        var busy = Math.Clamp(load.InFlight - (DrainingShare * input.Concurrency * fleet.Draining), 0, readySlots);
        if (load.Backlog > 0)
        {
            // A backlog means that no slot is free, but for those of workers that have just come.
            busy = Math.Max(busy, readySlots - ((double)Math.Max(0, fleet.Claiming - readyBefore) * input.Concurrency));
        }

        var (from, horizon) = (input.Observation.Epoch - now.Lag, horizonDown + (tuning.LookBehind * Goal));
        var ahead = Foresight?.Invoke(from, horizon)
            ?? seen.Foretold.Before(RecurrentSpikes.Ahead(input.History.Fine, from, horizon), input.History.Fine.Seconds);
        return new()
        {
            ServiceSeconds = seen.Service.Planned(Goal),
            SquaredVariation = seen.Service.SquaredVariation,
            RatePerSecond = Foresight is not null ? 0 : ArrivalRate.Estimate(seen.Arrivals, RateWindow * Goal, input.Interval),
            Noise = Foresight is not null ? 0 : tuning.Noise,
            Burstiness = seen.Budget.Burstiness,
            Spikes = ahead,
            Patience = seen.Budget.Patience * Goal,
            Backlog = load.Backlog,
            Busy = busy,
            Concurrency = input.Concurrency,
            Workers = fleet.Alive,
            ReadySlots = readySlots,
            Coming = seen.Orders.Coming(now.SampledAt, input.Observation.At, now.Lag + (OverdueShare * now.ColdStart), input.Concurrency),
            Lead = now.Lead,
            Interval = input.Interval,
            Arrivals = seen.Arrivals,
        };
    }

    private ErrorBudget Charge(in Moment now, FluidModel model, QueueLoad load, in LatencyTuning tuning)
    {
        var lookAhead = now.Lag + now.ColdStart + now.Input.Interval;
        var soon = model.Spikes.Where(s => s.In <= lookAhead + s.Seconds).Sum(static s => s.Jobs);
        return now.Seen.Budget
            .Charge(load.StartedTotal, load.StartedLateTotal, (1 - Share) * tuning.BudgetShare)
            .Compare(now.Input.Observation.At, load.ArrivedTotal, (model.RatePerSecond * lookAhead) + soon, lookAhead, now.Input.Interval);
    }

    private static (int Workers, string Reason) Choose(
        FluidModel model, in FleetSearch up, in FleetSearch down, in Moment now)
    {
        var (workers, progress, isServiceKnown) = (model.Workers, now.Seen.Progress, now.Seen.Service.IsKnown);
        if (up.IsFeasible(workers))
        {
            var kept = isServiceKnown ? down.SmallestBelow(workers, now.Input.Min) : workers;
            return (Math.Max(kept, Math.Min(workers, progress.Least(now.SampledAt))), isServiceKnown ? Reasons.BreakEven : Reasons.StartUp);
        }

        var most = progress.Most(model.ServiceSeconds, now.Input.Max);
        if (most <= workers)
        {
            return (workers, progress.IsStalled(model.ServiceSeconds) ? Reasons.Breaker : Reasons.Deadline);
        }

        var reason = !isServiceKnown ? Reasons.StartUp : WouldDoWithoutSpikes(model, up, workers) ? Reasons.Spike : Reasons.Deadline;
        return (up.SmallestAbove(workers, most), reason);
    }

    private static bool WouldDoWithoutSpikes(FluidModel model, in FleetSearch up, int workers) =>
        !model.Spikes.IsEmpty && up.Under(model with { Spikes = [] }).IsFeasible(workers);

    private static Dictionary<string, double> Numbers(FluidModel model, double lead) => new()
    {
        ["arrivals_per_second"] = model.RatePerSecond,
        ["service_seconds"] = model.ServiceSeconds,
        ["backlog"] = model.Backlog,
        ["busy_slots"] = model.Busy,
        ["patience_seconds"] = model.Patience,
        ["lead_seconds"] = lead,
        ["spike_jobs"] = model.Spikes.Sum(static s => s.Jobs),
    };

    /// <summary>A drained worker's slots end one after the other: the last of c exponential ones lasts the c-th harmonic number of means.</summary>
    private static double Harmonic(int slots)
    {
        var sum = 0.0;
        for (var slot = 1; slot <= slots; slot++)
        {
            sum += 1.0 / slot;
        }

        return sum;
    }
}
