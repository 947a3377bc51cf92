using Naq.Scaling.Decisions.Deciders;
using Naq.Scaling.Traffic;

namespace Naq.Scaling.Simulation;

/// <summary>Somebody who decides in a simulation.</summary>
/// <param name="Name">What the tables call it.</param>
/// <param name="Make">Makes the decider of one run.</param>
internal sealed record Contestant(string Name, Func<DeciderInit, Workload, IDecider> Make);

/// <summary>What a contestant's runs over several seeds came to: means, geometric for the cost.</summary>
internal sealed record ContestResult(string Policy, string Trace, string Profile, IReadOnlyList<SimulationResult> Runs)
{
    public double LatePercent => Runs.Average(static r => r.LatePercent);

    public double Cost => Math.Exp(Runs.Average(static r => Math.Log(r.Cost)));

    public double ActionsPerHour => Runs.Average(static r => r.ActionsPerHour);

    public double WorkerHours => Runs.Average(static r => r.WorkerSeconds) / 3600;

    public int MostWorkers => Runs.Max(static r => r.MostWorkers);

    public double Jobs => Runs.Average(static r => r.Jobs);

    public double Wait(double share) => Runs.Average(r => r.Wait(share));
}

/// <summary>Plays the same jobs against each contestant.</summary>
internal static class Contest
{
    /// <param name="contestants">Who decides.</param>
    /// <param name="trace">The arrivals of a seed.</param>
    /// <param name="profile">How the pool works.</param>
    /// <param name="seeds">One run each.</param>
    /// <param name="faults">What goes wrong.</param>
    /// <param name="ct">Gives up between two runs.</param>
    public static IReadOnlyList<ContestResult> Play(
        IReadOnlyList<Contestant> contestants, Func<int, ArrivalTrace> trace, SimulationProfile profile, IReadOnlyList<int> seeds,
        FaultPlan faults, CancellationToken ct)
    {
        var runs = contestants.Select(static _ => new List<SimulationResult>()).ToList();
        var name = "";
        foreach (var seed in seeds)
        {
            var played = trace(seed);
            name = played.Name;
            var work = Workload.Of(played, profile, seed);
            for (var i = 0; i < contestants.Count; i++)
            {
                ct.ThrowIfCancellationRequested();
                var simulator = new FleetSimulator(profile, work, seed) { Faults = faults };
                using var decider = contestants[i].Make(simulator.Init, work);
                runs[i].Add(simulator.Run(decider));
            }
        }

        return [.. contestants.Select((c, i) => new ContestResult(c.Name, name, profile.Name, runs[i]))];
    }
}
