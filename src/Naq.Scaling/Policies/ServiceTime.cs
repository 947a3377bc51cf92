namespace Naq.Scaling.Policies;

/// <summary>How long a job holds a slot: mean and second moment, fed from cumulative sums, honest about what still runs.</summary>
/// <param name="Known">Completions seen.</param>
/// <param name="BusySeconds">Slot-seconds under observation, completed or not.</param>
/// <param name="At">The time of the last look; null: none yet.</param>
/// <param name="Mean">Seconds, over completed jobs; null: not a batch yet.</param>
/// <param name="Square">Of the seconds, as <paramref name="Mean"/>.</param>
/// <param name="Seen">The sums at the last look.</param>
/// <param name="Batch">What came since the last batch was learned.</param>
/// <remarks>
/// The first jobs to end are the short ones. Until enough have ended the mean is therefore not below slot-seconds under observation per
/// completion (the estimate for censored life times), with one pseudo job of half a goal. Later it forgets by jobs, not by time, and
/// the slower the more jobs are in flight: a fixed memory made large fleets chase noise.
/// </remarks>
internal sealed record ServiceTime(
    long Known, double BusySeconds, double? At, double? Mean, double? Square, ServiceSums Seen, ServiceSums Batch)
{
    /// <summary>Fewer completions say too little to release anybody.</summary>
    public const int EnoughCompletions = 30;

    private const int BatchSize = 30;
    private const int YoungUntil = 300;
    private const double Memory = 300;

    public static ServiceTime None { get; } = new(0, 0, null, null, null, default, default);

    public bool IsKnown => Known >= EnoughCompletions;

    /// <summary>Of a job's seconds; 1 while unknown (as for an exponential law), at most 9.</summary>
    public double SquaredVariation => Mean is { } mean and > 0 && Square is { } square ? Math.Clamp((square / (mean * mean)) - 1, 0, 9) : 1;

    /// <summary>Looks at the sums and at the slots in use. Sums that fell began anew: what they hold since is counted with the next look.</summary>
    public ServiceTime Look(double at, in ServiceSums sums, double inFlight)
    {
        var added = sums.Since(Seen);
        var batch = Batch.Plus(added);
        var next = this with
        {
            Known = Known + added.Count,
            BusySeconds = BusySeconds + (inFlight * Math.Max(0, at - (At ?? at))),
            At = at,
            Seen = sums,
            Batch = batch,
        };
        return batch.Count < BatchSize ? next : next.Learn(inFlight);
    }

    /// <summary>Seconds to plan with: more while little is known.</summary>
    public double Planned(double goal)
    {
        var young = (BusySeconds + (goal / 2)) / (Known + 1);
        var mean = Known < YoungUntil || Mean is null ? Math.Max(Mean ?? 0, young) : Mean.Value;
        return Math.Max(1e-6, mean * (1 + (1 / Math.Sqrt(Known + 1))));
    }

    private ServiceTime Learn(double inFlight)
    {
        var (mean, square) = (Batch.Seconds / Batch.Count, Batch.Squares / Batch.Count);
        var weight = Batch.Count / (Batch.Count + Math.Max(Memory, 2 * inFlight));
        return this with
        {
            Mean = Mean is { } m ? m + (weight * (mean - m)) : mean,
            Square = Square is { } s ? s + (weight * (square - s)) : square,
            Batch = default,
        };
    }
}

/// <summary>Cumulative sums over attempts that ended: how many, their seconds in a slot, and the squares of those.</summary>
internal readonly record struct ServiceSums(long Count, double Seconds, double Squares)
{
    public ServiceSums Plus(ServiceSums more) => new(Count + more.Count, Seconds + more.Seconds, Squares + more.Squares);

    /// <summary>What was added since; nothing where they fell.</summary>
    public ServiceSums Since(ServiceSums before) => Count < before.Count || Seconds < before.Seconds
        ? default
        : new(Count - before.Count, Seconds - before.Seconds, Math.Max(0, Squares - before.Squares));
}
