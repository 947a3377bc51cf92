namespace Naq.Scaling.Forecasting;

/// <summary>When a pool's jobs arrived: in short bins for two days, in bins of a quarter of an hour for eight weeks.</summary>
/// <remarks>
/// Calendar time is for patterns only (recurrent spikes, seasons): rates and deadlines use the pool's own axis, so that a clock that
/// jumps misplaces a few bins and orders nobody. Where nobody looked the bins are unknown, which is not the same as empty. One writer; a
/// decision only reads.
/// </remarks>
internal sealed class ArrivalHistory
{
    /// <summary>Seconds of a bin where nobody says otherwise.</summary>
    public const double FineSeconds = 60;

    public const double CoarseSeconds = 900;

    /// <summary>Two days, and what recurrent spikes look at before their images.</summary>
    public const int FineBins = 50 * 60;

    public const int CoarseBins = 8 * 7 * 96;

    /// <summary>Jobs of so many seconds are spread over their bins; beyond, nobody knows when they came.</summary>
    private const double LongestGap = 900;

    /// <summary>A clock that went back by more than this has been put right: what lies after it never was.</summary>
    private const double SmallStep = 60;

    private double? _addedAt;

    /// <param name="binSeconds">The length of a short bin.</param>
    /// <param name="firstEpoch">Unix seconds at the beginning of the first.</param>
    /// <param name="counts">What is known already, bin by bin; all of it is kept.</param>
    public ArrivalHistory(double binSeconds, double firstEpoch, IReadOnlyCollection<double> counts)
    {
        Fine = new(binSeconds, firstEpoch, Math.Max(FineBins, counts.Count));
        Coarse = new(Math.Max(CoarseSeconds, binSeconds), firstEpoch, CoarseBins);
        foreach (var count in counts)
        {
            Coarse.Add(Fine.EpochOf(Fine.End), count, isBetweenKnown: true);
            Fine.Append(count);
        }

        _addedAt = Fine.IsEmpty ? null : Fine.EpochOf(Fine.End);
    }

    /// <summary>Bins that are known already.</summary>
    /// <param name="fine">The short ones.</param>
    /// <param name="coarse">The long ones.</param>
    /// <param name="until">Unix seconds up to when; null: they are empty.</param>
    public ArrivalHistory(ArrivalBins fine, ArrivalBins coarse, double? until) => (Fine, Coarse, _addedAt) = (fine, coarse, until);

    /// <summary>Nothing is known: no opinion, which is not the same as no jobs.</summary>
    public static ArrivalHistory Empty => new(FineSeconds, 0, []);

    public ArrivalBins Fine { get; }

    public ArrivalBins Coarse { get; }

    /// <summary>Adds the jobs that arrived since the last time, which end at a time.</summary>
    public void Add(double epoch, double jobs)
    {
        if (_addedAt is { } last && epoch < last - SmallStep)
        {
            Fine.ForgetAfter(epoch);
            Coarse.ForgetAfter(epoch);
            _addedAt = null;
        }

        var since = _addedAt ?? epoch;
        var isKnown = epoch - since <= LongestGap;
        var end = Math.Max(epoch, Fine.IsEmpty ? epoch : Fine.EpochOf(Fine.End - 1));
        if (!isKnown || end - since <= Fine.Seconds)
        {
            Put(end, isKnown ? jobs : 0, isKnown);
        }
        else
        {
            Spread(since, end, jobs);
        }

        _addedAt = epoch;
    }

    /// <summary>Jobs per second between two times; null: less than half of that is known.</summary>
    public double? Rate(double from, double to) => Fine.Rate(from, to) ?? Coarse.Rate(from, to);

    private void Spread(double from, double to, double jobs)
    {
        var pieces = (int)Math.Ceiling((to - from) / Fine.Seconds);
        for (var piece = 1; piece <= pieces; piece++)
        {
            Put(from + ((to - from) * (piece - 0.5) / pieces), jobs / pieces, isKnown: true);
        }

        Put(to, 0, isKnown: true);
    }

    private void Put(double epoch, double jobs, bool isKnown)
    {
        Fine.Add(epoch, jobs, isKnown);
        Coarse.Add(epoch, jobs, isKnown);
    }
}
