namespace Naq.Scaling.Forecasting;

/// <summary>How many jobs arrived in each bin of wall time, from a first bin on. The last bin is still filling; a bin may be unknown.</summary>
/// <remarks>Any span is counted in constant time, by running sums. One writer; a decision only reads.</remarks>
internal sealed class ArrivalBins
{
    /// <summary>A span may end so many seconds after the last look: as if it ended there.</summary>
    private const double Slack = 60;

    private readonly double _firstEpoch;
    private readonly int _most;
    private readonly List<double> _sums = [0]; // of known bins
    private readonly List<int> _known = [0];
    private int _dropped;
    private double _filledTo;

    /// <param name="seconds">The length of a bin.</param>
    /// <param name="firstEpoch">Unix seconds at the beginning of the first bin.</param>
    /// <param name="most">Bins kept; the oldest go.</param>
    public ArrivalBins(double seconds, double firstEpoch, int most)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(seconds);
        (Seconds, _firstEpoch, _most, _filledTo) = (seconds, firstEpoch, most, firstEpoch);
    }

    /// <summary>Seconds of a bin.</summary>
    public double Seconds { get; }

    /// <summary>The index of the first bin that is kept.</summary>
    public int Start => _dropped;

    /// <summary>The index after the last bin.</summary>
    public int End => _dropped + _sums.Count - 1;

    public bool IsEmpty => End == Start;

    /// <summary>The bin that a time lies in; it need not be there.</summary>
    public int BinAt(double epoch) => (int)Math.Clamp(Math.Floor((epoch - _firstEpoch) / Seconds), int.MinValue / 2, int.MaxValue / 2);

    /// <summary>Unix seconds at the beginning of a bin.</summary>
    public double EpochOf(int bin) => _firstEpoch + (bin * Seconds);

    /// <summary>Jobs of a bin; null: unknown. It must be kept.</summary>
    public double? this[int bin] => Known(bin, bin + 1) > 0 ? Count(bin, bin + 1) : null;

    /// <summary>Jobs of the known bins from <paramref name="from"/> up to before <paramref name="to"/>, which must be kept.</summary>
    public double Count(int from, int to) => _sums[to - _dropped] - _sums[from - _dropped];

    /// <summary>How many of them are known.</summary>
    public int Known(int from, int to) => _known[to - _dropped] - _known[from - _dropped];

    /// <summary>Jobs per second between two times; null: less than half of that is known.</summary>
    public double? Rate(double from, double to)
    {
        if (IsEmpty || from < EpochOf(Start) - 1e-6 || to > _filledTo + Slack || to <= from)
        {
            return null;
        }

        var (before, after) = (At(from), At(to));
        var known = (after.Known - before.Known) * Seconds;
        return known >= 0.5 * (to - from) ? (after.Jobs - before.Jobs) / known : null;
    }

    /// <summary>Adds jobs to the bin of a time, which is the last or a later one; the bins between are empty, or unknown.</summary>
    public void Add(double epoch, double jobs, bool isBetweenKnown)
    {
        var bin = BinAt(epoch);
        if (bin - End > _most)
        {
            Restart(bin);
        }

        while (End < bin)
        {
            Append(isBetweenKnown ? 0 : null);
        }

        if (End == bin)
        {
            Append(0);
            _filledTo = EpochOf(bin);
        }

        _sums[^1] += jobs;
        _filledTo = Math.Max(_filledTo, epoch);
    }

    /// <summary>Appends a whole bin; null: unknown.</summary>
    public void Append(double? jobs)
    {
        _sums.Add(_sums[^1] + (jobs ?? 0));
        _known.Add(_known[^1] + (jobs is null ? 0 : 1));
        _filledTo = EpochOf(End);
        var old = _sums.Count - 1 - _most;
        if (old > _most / 8)
        {
            _sums.RemoveRange(0, old);
            _known.RemoveRange(0, old);
            _dropped += old;
        }
    }

    /// <summary>Forgets every bin that begins after a time.</summary>
    public void ForgetAfter(double epoch)
    {
        if (BinAt(epoch) < _dropped)
        {
            Restart(BinAt(epoch));
        }

        var keep = Math.Clamp(BinAt(epoch) + 1 - _dropped, 0, _sums.Count - 1);
        _sums.RemoveRange(keep + 1, _sums.Count - 1 - keep);
        _known.RemoveRange(keep + 1, _known.Count - 1 - keep);
        _filledTo = Math.Min(_filledTo, EpochOf(End));
    }

    private void Restart(int bin)
    {
        _dropped = bin;
        _sums.RemoveRange(1, _sums.Count - 1);
        _known.RemoveRange(1, _known.Count - 1);
        (_sums[0], _known[0], _filledTo) = (0, 0, EpochOf(bin));
    }

    /// <summary>The running sums at a time, inside a bin in proportion. What is in the last bin came before its filling ended.</summary>
    private (double Jobs, double Known) At(double epoch)
    {
        var index = Math.Clamp(BinAt(epoch) - _dropped, 0, _sums.Count - 2);
        var begin = EpochOf(index + _dropped);
        var share = Math.Clamp((epoch - begin) / Seconds, 0, 1);
        var isLast = index == _sums.Count - 2;
        var filled = isLast ? Math.Clamp((_filledTo - begin) / Seconds, 1e-9, 1) : 1;
        var part = Math.Min(share, filled);
        return (_sums[index] + ((_sums[index + 1] - _sums[index]) * part / filled), _known[index] + ((_known[index + 1] - _known[index]) * part));
    }
}
