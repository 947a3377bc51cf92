namespace Naq.Scaling.Observation;

/// <summary>What a decision sees of a pool. Holds its own time: a decision reads no clock.</summary>
/// <param name="At">Seconds on the pool's time axis: monotonic, carried on from leader to leader. Never the wall clock, which jumps.</param>
/// <param name="Load">The queues.</param>
/// <param name="Fleet">The workers.</param>
public sealed record PoolObservation(double At, Reading<QueueLoad> Load, Reading<Fleet> Fleet)
{
    /// <summary>Unix seconds at <see cref="At"/>, by the wall clock: for the calendar only, never for rates or deadlines.</summary>
    public double Epoch { get; init; }

    /// <summary>Workers in force of the other pools that share this one's quota.</summary>
    public int OthersInQuota { get; init; }
}

/// <summary>The demand on a pool, summed over its queues. Paused queues demand nothing; what is scheduled for later is no load.</summary>
public sealed record QueueLoad
{
    /// <summary>Jobs that a worker could claim now.</summary>
    public long Ready { get; init; }

    /// <summary>Scheduled jobs and retries whose time has come.</summary>
    public long Due { get; init; }

    /// <summary>Claimed jobs.</summary>
    public long InFlight { get; init; }

    /// <summary>Age in seconds of the oldest ready or due job; null: there is none.</summary>
    public double? OldestAge { get; init; }

    /// <summary>Jobs that became ready since the queues exist.</summary>
    public long ArrivedTotal { get; init; }

    /// <summary>Claims settled since the queues exist, hand-backs not counted.</summary>
    public long CompletedTotal { get; init; }

    /// <summary>Of <see cref="CompletedTotal"/>: failed attempts.</summary>
    public long FailedTotal { get; init; }

    /// <summary>Jobs that started since the observer began.</summary>
    public long StartedTotal { get; init; }

    /// <summary>Of <see cref="StartedTotal"/>: later than the pool's goal.</summary>
    public long StartedLateTotal { get; init; }

    /// <summary>Since the observation before; null: there was none.</summary>
    public double? ArrivalsPerSecond { get; init; }

    /// <summary>Since the observation before; null: there was none.</summary>
    public double? CompletionsPerSecond { get; init; }

    /// <summary>Jobs that wait for a worker.</summary>
    public long Backlog => Ready + Due;
}

/// <summary>The workers of a pool: what its provisioner runs, and what they say of themselves.</summary>
public sealed record Fleet
{
    /// <summary>Started, and not claiming yet.</summary>
    public int Starting { get; init; }

    /// <summary>Claiming.</summary>
    public int Ready { get; init; }

    /// <summary>Told to claim nothing for now.</summary>
    public int Quiet { get; init; }

    /// <summary>Claiming, and to be replaced.</summary>
    public int Retiring { get; init; }

    /// <summary>Finishing what they run.</summary>
    public int Draining { get; init; }

    /// <summary>Attempts that ended since the observer began.</summary>
    public long ServiceCount { get; init; }

    /// <summary>The sum of their seconds in a slot.</summary>
    public double ServiceSeconds { get; init; }

    /// <summary>The sum of the squares of those.</summary>
    public double ServiceSecondsSquared { get; init; }

    /// <summary>Seconds from launch to the first claim, the ninth of ten workers; null: nobody knows yet.</summary>
    public double? ColdStartSeconds { get; init; }

    /// <summary>The workers whose memory is known.</summary>
    public int Measured { get; init; }

    /// <summary>What they use together.</summary>
    public long MemoryBytes { get; init; }

    /// <summary>The replica that completes the least per second and byte, of equals the newest; null: nobody is measured.</summary>
    public string? LeastProductive { get; init; }

    /// <summary>Jobs that workers started since the observer began.</summary>
    public long Started { get; init; }

    /// <summary>Of them those later than the pool's goal.</summary>
    public long StartedLate { get; init; }

    /// <summary>Failed attempts since the observer began.</summary>
    public long Failed { get; init; }

    /// <summary>Something that jobs need and that is away, as a worker says; null: nothing.</summary>
    public string? OpenDependency { get; init; }

    /// <summary>Who else scales these workers; null: nobody.</summary>
    public string? Owner { get; init; }

    /// <summary>Workers that take jobs.</summary>
    public int Claiming => Ready + Retiring;

    /// <summary>Workers that count against the desired number.</summary>
    public int Alive => Starting + Ready + Quiet + Retiring;
}
