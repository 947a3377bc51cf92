namespace Naq.Scaling.Traffic;

/// <summary>Jobs per bin: a history that forecasts may use, and what is played.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="BinSeconds">The length of a bin.</param>
/// <param name="Epoch">Unix time of the first bin of the history.</param>
/// <param name="History">Before the beginning.</param>
/// <param name="Played">From the beginning on.</param>
internal sealed record ArrivalTrace(string Name, double BinSeconds, double Epoch, IReadOnlyList<double> History, IReadOnlyList<double> Played)
{
    /// <summary>Whether a bin's jobs come in equal gaps, not at random.</summary>
    public bool IsEven { get; init; }

    /// <summary>Unix time of the first bin that is played.</summary>
    public double PlayedEpoch => Epoch + (History.Count * BinSeconds);

    public double PlayedSeconds => Played.Count * BinSeconds;

    /// <summary>When each job of the played part arrives, in seconds from its beginning, ascending; where in its bin is drawn.</summary>
    public double[] Arrivals(Random random)
    {
        var arrivals = new double[(int)Played.Sum()];
        var next = 0;
        for (var bin = 0; bin < Played.Count; bin++)
        {
            var first = next;
            for (var job = 0; job < (int)Played[bin]; job++)
            {
                arrivals[next++] = (bin + (IsEven ? job / Played[bin] : random.NextDouble())) * BinSeconds;
            }

            Array.Sort(arrivals, first, next - first);
        }

        return arrivals;
    }

    /// <summary>Another part of the same: what lies before it is history.</summary>
    /// <param name="from">Seconds from the beginning of the history.</param>
    /// <param name="until">The end of what is played, on the same axis.</param>
    public ArrivalTrace Window(double from, double until)
    {
        var all = History.Concat(Played).ToArray();
        var first = Math.Clamp((int)(from / BinSeconds), 0, all.Length);
        var end = Math.Clamp((int)(until / BinSeconds), first, all.Length);
        return this with { History = all[..first], Played = all[first..end] };
    }
}
