using Naq.Scaling.Configuration;
using Naq.Scaling.Observation;

namespace Naq.Scaling.Policies.Latency;

/// <summary>How careful <c>latency</c> is: its only knob besides the promise itself.</summary>
internal enum LatencyPreset
{
    /// <summary>Spends most of the lateness that the promise allows.</summary>
    Normal,

    /// <summary>Spends a tenth of that.</summary>
    Strict,

    /// <summary>As normal, with about half of the actions, for 2 to 8 % more worker-seconds.</summary>
    Calm,
}

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

    /// <summary>A cold start is reckoned so much longer than its usual length.</summary>
    private const double ColdStartSafety = 1.1;

    /// <summary>The longest window of the arrival rate, in goals.</summary>
    private const double RateWindow = 6;

    /// <summary>How far behind an order's readiness the model looks, in planned waits.</summary>
    private const double LookBehind = 0.3;

    /// <summary>The share of its slots that a draining worker still fills, on average.</summary>
    private const double DrainingShare = 0.5;

    public static LatencyPolicy Default { get; } = new(0.99, TimeSpan.FromSeconds(5));

    public string Name => TypeName;

    /// <summary>The share of jobs that may start late by plan.</summary>
    private double Allowed => (1 - Share) * (Preset == LatencyPreset.Strict ? 0.03 : 0.3);

    /// <summary>A worker leaves only if it is not missed for so many of its own returns.</summary>
    private double BreakEven => Preset == LatencyPreset.Calm ? 8 : 1.5;

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
        var cold = fleet.ColdStartSeconds ?? AssumedColdStart;
        var (now, lag) = (input.Observation.At, Math.Max(0, input.Observation.At - sampledAt));
        var seen = before with
        {
            Arrivals = ArrivalRate.Add(before.Arrivals, sampledAt, load.ArrivedTotal, RateWindow * Goal),
            Service = before.Service.Look(sampledAt, new(fleet.ServiceCount, fleet.ServiceSeconds, fleet.ServiceSecondsSquared), load.InFlight),
            Orders = before.Orders.Look(now, input.Current, fleet.Alive, fleet.Starting, ColdStartSafety * cold),
            Ready = fleet.Claiming,
        };

        var service = seen.Service.Planned(Goal);
        var rate = ArrivalRate.Estimate(seen.Arrivals, RateWindow * Goal, input.Interval);
        var lead = lag + (ColdStartSafety * cold);
        var drainWaste = service * (Harmonic(input.Concurrency) - 1);
        var horizonDown = lead + input.Interval + (BreakEven * (cold + drainWaste));
        var spikes = RecurrentSpikes.Ahead(input.History, input.Observation.Epoch - lag, horizonDown + (LookBehind * Goal));

        var lookAhead = lag + cold + input.Interval;
        var soon = spikes.Where(s => s.In > 0 && s.In <= lookAhead + s.Seconds).Sum(static s => s.Jobs);
        var budget = before.Budget.Charge(load.StartedTotal, load.StartedLateTotal, Allowed)
            .Compare(now, load.ArrivedTotal, (rate * lookAhead) + soon, lookAhead, input.Interval);
        seen = seen with { Budget = budget };

        var patience = budget.Patience * Goal;
        var readySlots = (double)fleet.Claiming * input.Concurrency;
        var busy = Math.Clamp(load.InFlight - (DrainingShare * input.Concurrency * fleet.Draining), 0, readySlots);
        if (load.Backlog > 0)
        {
            // A backlog means that no slot is free, but for those of workers that have just come.
            busy = Math.Max(busy, readySlots - ((double)Math.Max(0, fleet.Claiming - before.Ready) * input.Concurrency));
        }

        var model = new FluidModel
        {
            ServiceSeconds = service,
            SquaredVariation = seen.Service.SquaredVariation,
            RatePerSecond = rate,
            Burstiness = budget.Burstiness,
            Spikes = spikes,
            Patience = patience,
            Backlog = load.Backlog,
            Busy = busy,
            Concurrency = input.Concurrency,
            Workers = fleet.Alive,
            ReadySlots = readySlots,
            Coming = seen.Orders.Coming(sampledAt, now, lag + (0.1 * cold), input.Concurrency),
            Lead = lead,
            Interval = input.Interval,
            Arrivals = seen.Arrivals,
        };
        var (workers, reason) = Choose(model, input, lead + input.Interval + (LookBehind * patience), horizonDown + (LookBehind * patience), seen.Service.IsKnown);
        if (workers == 0 && load.Backlog + load.InFlight > 0)
        {
            workers = 1;
        }

        var numbers = new Dictionary<string, double>
        {
            ["arrivals_per_second"] = rate,
            ["service_seconds"] = service,
            ["backlog"] = load.Backlog,
            ["busy_slots"] = busy,
            ["patience_seconds"] = patience,
            ["lead_seconds"] = lead,
            ["spike_jobs"] = spikes.Sum(static s => s.Jobs),
        };
        return (new(Name, (double)workers * input.Concurrency, reason, numbers), seen);
    }

    private static (int Workers, string Reason) Choose(FluidModel model, in PolicyInput input, double horizonUp, double horizonDown, bool isServiceKnown)
    {
        var workers = model.Workers;
        if (!model.IsFeasible(workers, horizonUp, model.Lead))
        {
            return (SmallestAbove(model, workers, Math.Max(workers + 1, input.Max), horizonUp), isServiceKnown ? Reasons.Deadline : Reasons.StartUp);
        }

        if (!isServiceKnown)
        {
            return (workers, Reasons.StartUp);
        }

        return (SmallestBelow(model, workers, input.Min, horizonDown), Reasons.BreakEven);
    }

    /// <summary>The smallest feasible fleet above one that is not; <paramref name="most"/> where none is.</summary>
    private static int SmallestAbove(FluidModel model, int workers, int most, double horizon)
    {
        var (low, high) = (workers, workers + 1);
        while (high < most && !model.IsFeasible(high, horizon, model.Lead))
        {
            (low, high) = (high, Math.Min(most, high + Math.Max(1, high - workers)));
        }

        while (high - low > 1)
        {
            var middle = (low + high) / 2;
            (low, high) = model.IsFeasible(middle, horizon, model.Lead) ? (low, middle) : (middle, high);
        }

        return high;
    }

    /// <summary>The smallest fleet at or below <paramref name="workers"/> that is not missed until the horizon.</summary>
    private static int SmallestBelow(FluidModel model, int workers, int least, double horizon)
    {
        if (workers <= least || !model.IsFeasible(workers - 1, horizon, 0))
        {
            return workers;
        }

        var (low, high) = (least - 1, workers - 1);
        while (high - low > 1)
        {
            var middle = (low + high) / 2;
            (low, high) = model.IsFeasible(middle, horizon, 0) ? (low, middle) : (middle, high);
        }

        return high;
    }

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
