namespace Naq.Scaling.Policies;

/// <summary>A pool as a fluid: jobs flow in at a rate, slots let them start, and each must have started a certain time after it came.</summary>
/// <remarks>
/// The goal is a date, not a level: jobs that came before t − <see cref="Patience"/> must have started by t. So a small standing backlog
/// is wanted: it absorbs chance and keeps slots busy. What is ordered now works from <see cref="Lead"/> on; what is ordered at the next
/// decision from <see cref="Horizon"/> on. All times in seconds from now.
/// </remarks>
internal readonly record struct DeadlineModel
{
    public required double Backlog { get; init; }

    public required double InFlight { get; init; }

    public required double OldestAge { get; init; }

    public required double RatePerSecond { get; init; }

    /// <summary>How long a job holds a slot.</summary>
    public required double ServiceSeconds { get; init; }

    /// <summary>Slots that claim now.</summary>
    public required double ReadySlots { get; init; }

    /// <summary>Slots of workers on their way: on average they have half of the cold start behind them.</summary>
    public required double StartingSlots { get; init; }

    public required double ColdStart { get; init; }

    /// <summary>How long a job may wait at the most.</summary>
    public required double Goal { get; init; }

    /// <summary>How long a job shall wait at the most: so much under the goal that chance is covered.</summary>
    public required double Patience { get; init; }

    /// <summary>When an order given now takes effect: the readings' age, and the cold start with a tenth to spare.</summary>
    public required double Lead { get; init; }

    /// <summary>When an order given at the next decision takes effect.</summary>
    public required double Horizon { get; init; }

    /// <summary>Slots that are busy with the load as it is.</summary>
    public double BusySlots => RatePerSecond * ServiceSeconds;

    /// <summary>Jobs that the slots there are, and those on their way, start too late if the order waits for the next decision.</summary>
    public double LateAtHorizon => Due(Horizon, Patience) - Starts(Horizon);

    /// <summary>Whether jobs will miss the goal itself before even an order given now takes effect.</summary>
    public bool IsPanic => Due(Lead, Goal) - Starts(Lead) > 0;

    /// <summary>Slots to add now so that nobody is late half of the patience after the horizon.</summary>
    public double SlotsToAdd
    {
        get
        {
            var end = Horizon + (Patience / 2);
            return Math.Max(0, Due(end, Patience) - Starts(end)) / (1 + ((end - Lead) / ServiceSeconds));
        }
    }

    /// <summary>The fewest slots that keep every date until <paramref name="t"/>.</summary>
    public double SlotsUntil(double t) => Due(t, Patience) * ServiceSeconds / t;

    /// <summary>Jobs that must have started by a time if none may wait longer than <paramref name="wait"/>.</summary>
    /// <remarks>Before the wait of those that come now is over, that is the older part of the backlog.</remarks>
    private double Due(double t, double wait) => t >= wait
        ? Backlog + (RatePerSecond * (t - wait))
        : Backlog * Math.Max(0, 1 - ((wait - t) / Math.Max(OldestAge, 1e-3)));

    /// <summary>Jobs that can have started by <paramref name="t"/>: one in each free slot, and one each time a slot falls free.</summary>
    private double Starts(double t)
    {
        var ready = Math.Max(0, ReadySlots - InFlight) + (ReadySlots * t / ServiceSeconds);
        var late = t - (ColdStart / 2);
        return late <= 0 ? ready : ready + (StartingSlots * (1 + (late / ServiceSeconds)));
    }
}
