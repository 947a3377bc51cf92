namespace Naq.Scaling.Simulation;

/// <summary>What goes wrong in a simulated pool. Times in seconds since the beginning; nothing goes wrong by default.</summary>
internal sealed record FaultPlan
{
    public static FaultPlan None { get; } = new();

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

    /// <summary>Of the workers ordered at once so large a share does not come, within <see cref="OrdersLostDuring"/>.</summary>
    public double OrdersLost { get; init; }

    public (double From, double Until) OrdersLostDuring { get; init; } = (0, double.MaxValue);

    /// <summary>From when to when the queue is paused: no job starts, and what waits demands nothing.</summary>
    public (double From, double Until) Paused { get; init; }

    /// <summary>With more jobs running than this each takes longer in proportion, as behind a broken dependency; 0: never.</summary>
    public int ThroughputCap { get; init; }

    /// <summary>From when on.</summary>
    public double ThroughputCapFrom { get; init; }

    /// <summary>From when to when nothing can be read.</summary>
    public (double From, double Until) Gap { get; init; }

    /// <summary>From when to when the last sample is shown again and again.</summary>
    public (double From, double Until) Frozen { get; init; }

    /// <summary>From <see cref="ClockJumpAt"/> on the wall clock is wrong by so much.</summary>
    public double ClockJump { get; init; }

    public double ClockJumpAt { get; init; } = double.MaxValue;

    /// <summary>At this time every counter begins anew.</summary>
    public double CountersResetAt { get; init; } = double.MaxValue;

    /// <summary>Every fifth sample is the one before, and every seventh one of three intervals ago.</summary>
    public bool SamplesDisordered { get; init; }

    /// <summary>How many of the ordered workers really start.</summary>
    public int Grant(double now, int alive, int desired)
    {
        var most = IsIn(QuotaDuring, now) ? Math.Min(desired, Quota) : desired;
        return (int)Math.Ceiling(Math.Max(0, most - alive) * (1 - (IsIn(OrdersLostDuring, now) ? OrdersLost : 0)));
    }

    public double Service(double now, double service, int running) =>
        ThroughputCap > 0 && now >= ThroughputCapFrom && running > ThroughputCap ? service * running / ThroughputCap : service;

    public static bool IsIn((double From, double Until) window, double now) => now >= window.From && now < window.Until;
}
