namespace Naq.Scaling.Policies.Latency;

/// <summary>Finds the fewest workers that a model finds feasible, in about as many runs as the answer has binary digits.</summary>
/// <param name="model">The near future.</param>
/// <param name="horizon">How far it must be good.</param>
/// <param name="from">From when on.</param>
internal readonly struct FleetSearch(FluidModel model, double horizon, double from)
{
    /// <summary>The same search in another future.</summary>
    public FleetSearch Under(FluidModel other) => new(other, horizon, from);

    public bool IsFeasible(int workers) => model.IsFeasible(workers, horizon, from);

    /// <summary>The smallest feasible fleet above one that is not; <paramref name="most"/> where none is.</summary>
    public int SmallestAbove(int workers, int most)
    {
        var (low, high) = (workers, workers + 1);
        while (high < most && !IsFeasible(high))
        {
            (low, high) = (high, Math.Min(most, high + Math.Max(1, high - workers)));
        }

        return Bisect(low, high);
    }

    /// <summary>The smallest feasible fleet at or below one that may stay, not below <paramref name="least"/>.</summary>
    public int SmallestBelow(int workers, int least) =>
        workers <= least || !IsFeasible(workers - 1) ? workers : Bisect(least - 1, workers - 1);

    private int Bisect(int infeasible, int feasible)
    {
        while (feasible - infeasible > 1)
        {
            var middle = (infeasible + feasible) / 2;
            (infeasible, feasible) = IsFeasible(middle) ? (infeasible, middle) : (middle, feasible);
        }

        return feasible;
    }
}
