namespace Naq.Scaling.Forecasting;

/// <summary>How many jobs arrived in each bin of wall time, from a first bin on without a gap. The last bin is still filling.</summary>
/// <remarks>
/// Calendar time is for patterns only (recurrent spikes, seasons): rates and deadlines use the pool's own axis, so that a clock that
/// jumps misplaces a few bins and orders nobody. One writer; a decision only reads.
/// </remarks>
internal sealed class ArrivalHistory
{
    private readonly double _firstEpoch;
    private readonly List<double> _sums = [0];
    private readonly int _most;
    private int _dropped;

    /// <param name="binSeconds">The length of a bin.</param>
    /// <param name="firstEpoch">Unix seconds at the beginning of the first bin.</param>
    /// <param name="counts">What is known already.</param>
    /// <param name="most">Bins kept; the oldest go.</param>
    public ArrivalHistory(double binSeconds, double firstEpoch, IEnumerable<double> counts, int most = 100_000)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(binSeconds);
        (BinSeconds, _firstEpoch, _most) = (binSeconds, firstEpoch, most);
        foreach (var count in counts)
        {
            _sums.Add(_sums[^1] + count);
        }
    }

    /// <summary>Nothing is known: no opinion, which is not the same as no jobs.</summary>
    public static ArrivalHistory Empty => new(60, 0, []);

    /// <summary>Seconds of a bin.</summary>
    public double BinSeconds { get; }

    /// <summary>The index after the last bin.</summary>
    public int End => _dropped + _sums.Count - 1;

    /// <summary>The index of the first bin that is kept.</summary>
    public int Start => _dropped;

    /// <summary>The bin that a time lies in; it need not be there.</summary>
    public int BinAt(double epoch) => (int)Math.Clamp(Math.Floor((epoch - _firstEpoch) / BinSeconds), int.MinValue / 2, int.MaxValue / 2);

    /// <summary>Unix seconds at the beginning of a bin.</summary>
    public double EpochOf(int bin) => _firstEpoch + (bin * BinSeconds);

    /// <summary>Jobs of the bins from <paramref name="from"/> up to before <paramref name="to"/>, which must be kept.</summary>
    public double Count(int from, int to) => _sums[to - _dropped] - _sums[from - _dropped];

    /// <summary>Jobs of a bin.</summary>
    public double this[int bin] => Count(bin, bin + 1);

    /// <summary>Adds jobs to the bin of a time; the bins between count as empty. What lies before the last bin goes into that.</summary>
    public void Add(double epoch, double count)
    {
        var bin = BinAt(epoch);
        if (bin - End > _most)
        {
            // A clock that jumped by years: begin anew rather than fill the memory.
            _dropped = bin;
            _sums.RemoveRange(1, _sums.Count - 1);
            _sums[0] = 0;
        }

        while (End <= bin)
        {
            _sums.Add(_sums[^1]);
        }

        _sums[^1] += count;
        if (_sums.Count > _most + (_most / 8))
        {
            var old = _sums.Count - 1 - _most;
            _sums.RemoveRange(0, old);
            _dropped += old;
        }
    }
}
