namespace Naq.Cli.Demo;

/// <summary>What a fleet of a fixed size would have needed. Pure.</summary>
internal static class StaticFleet
{
    /// <summary>The smallest number of workers with which at most <paramref name="missShare"/> of the jobs wait longer than <paramref name="patience"/>.</summary>
    /// <param name="arrivals">When the jobs arrived, ascending, in seconds.</param>
    /// <param name="held">How long a job holds a slot, in seconds.</param>
    /// <param name="concurrency">Slots of a worker.</param>
    /// <param name="patience">The longest good wait, in seconds.</param>
    /// <param name="missShare">The share that may wait longer.</param>
    public static int Smallest(IReadOnlyList<double> arrivals, double held, int concurrency, double patience, double missShare)
    {
        var workers = 1;
        while (Misses(arrivals, held, workers * concurrency, patience) > missShare * arrivals.Count)
        {
            workers++;
        }

        return workers;
    }

    // First in, first out, with equal times: job i takes the slot that job i − slots leaves.
    private static int Misses(IReadOnlyList<double> arrivals, double held, int slots, double patience)
    {
        var (starts, misses) = (new double[arrivals.Count], 0);
        for (var i = 0; i < starts.Length; i++)
        {
            starts[i] = i < slots ? arrivals[i] : Math.Max(arrivals[i], starts[i - slots] + held);
            misses += starts[i] - arrivals[i] > patience ? 1 : 0;
        }

        return misses;
    }
}
