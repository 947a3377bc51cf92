using Naq.Scaling.Decisions.Deciders;

namespace Naq.Scaling.Simulation;

/// <summary>What goes wrong in a simulated pool. Times in seconds since the beginning; nothing goes wrong by default.</summary>
internal sealed record FaultPlan
{
    private DeciderObservation? _before;
    private DeciderObservation? _base;

    public static FaultPlan None => new();

    /// <summary>Ready workers die after so long on average, and their jobs start again; 0: never.</summary>
    public double MeanLife { get; init; }

    /// <summary>So many attempts of all fail, and are tried again after <see cref="RetryAfter"/>.</summary>
    public double FailShare { get; init; }

    public double RetryAfter { get; init; } = 15;

    /// <summary>Workers take so much longer to start than anybody was told.</summary>
    public double ColdStartFactor { get; init; } = 1;

    /// <summary>From when to when at most <see cref="Quota"/> workers can be had.</summary>
    public (double From, double Until) QuotaDuring { get; init; }

    public int Quota { get; init; }

    /// <summary>Of the workers ordered at once so large a share does not come.</summary>
    public double OrdersLost { get; init; }

    /// <summary>With more jobs running than this each takes longer in proportion, as behind a broken dependency; 0: never.</summary>
    public int ThroughputCap { get; init; }

    /// <summary>From when on.</summary>
    public double ThroughputCapFrom { get; init; }

    /// <summary>From when to when nothing can be read.</summary>
    public (double From, double Until) Gap { get; init; }

    /// <summary>From <see cref="ClockJumpAt"/> on the wall clock is wrong by so much.</summary>
    public double ClockJump { get; init; }

    public double ClockJumpAt { get; init; } = double.MaxValue;

    /// <summary>At this time every counter begins anew.</summary>
    public double CountersResetAt { get; init; } = double.MaxValue;

    /// <summary>Every fifth sample comes twice, and every seventh is one that was seen before.</summary>
    public bool SamplesDisordered { get; init; }

    /// <summary>How many of the ordered workers really start.</summary>
    public int Grant(double now, int alive, int desired)
    {
        var most = now >= QuotaDuring.From && now < QuotaDuring.Until ? Math.Min(desired, Quota) : desired;
        return (int)Math.Ceiling(Math.Max(0, most - alive) * (1 - OrdersLost));
    }

    public double Service(double now, double service, int running) =>
        ThroughputCap > 0 && now >= ThroughputCapFrom && running > ThroughputCap ? service * running / ThroughputCap : service;

    /// <summary>What is seen instead of an observation. One run only: it remembers what it showed.</summary>
    public DeciderObservation Disturb(DeciderObservation seen)
    {
        seen = seen.T >= ClockJumpAt ? seen with { Epoch = seen.Epoch + ClockJump } : seen;
        if (seen.T >= Gap.From && seen.T < Gap.Until)
        {
            return seen with
            {
                SampledAt = null, Stale = true, QueueDepth = null, OldestAge = null, InFlight = null, ArrivedTotal = null, CompletedTotal = null,
                FailedTotal = null, SvcCount = null, SvcSum = null, SvcSumsq = null, WaitMaxRecent = null, StartedRecent = null,
                StartedTotal = null, StartedLateTotal = null,
            };
        }

        seen = seen.T >= CountersResetAt ? Since(_base ??= seen, seen) : seen;
        var tick = (int)(seen.T * 10);
        var shown = SamplesDisordered && _before is { } before && (tick % 7 == 0 || tick % 5 == 0)
            ? before with { T = seen.T, Epoch = seen.Epoch, Desired = seen.Desired, Stale = true, WorkersReady = seen.WorkersReady }
            : seen;
        _before = tick % 7 == 0 ? _before ?? seen : seen;
        return shown;
    }

    private static DeciderObservation Since(DeciderObservation start, DeciderObservation seen) => seen with
    {
        ArrivedTotal = seen.ArrivedTotal - start.ArrivedTotal,
        CompletedTotal = seen.CompletedTotal - start.CompletedTotal,
        FailedTotal = seen.FailedTotal - start.FailedTotal,
        SvcCount = seen.SvcCount - start.SvcCount,
        SvcSum = seen.SvcSum - start.SvcSum,
        SvcSumsq = seen.SvcSumsq - start.SvcSumsq,
        StartedTotal = seen.StartedTotal - start.StartedTotal,
        StartedLateTotal = seen.StartedLateTotal - start.StartedLateTotal,
    };
}
