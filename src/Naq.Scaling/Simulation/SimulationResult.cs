namespace Naq.Scaling.Simulation;

/// <summary>What a run came to.</summary>
internal sealed record SimulationResult
{
    public required int Jobs { get; init; }

    /// <summary>Jobs that started later than the goal, or never although their goal was over.</summary>
    public required int Late { get; init; }

    /// <summary>Seconds from launch to gone over all workers, drain included.</summary>
    public required double WorkerSeconds { get; init; }

    /// <summary>No fleet can cost less: the work itself, or the minimum all the time.</summary>
    public required double Floor { get; init; }

    public required int ScaleOuts { get; init; }

    public required int ScaleIns { get; init; }

    public required int MostWorkers { get; init; }

    /// <summary>The length of the played window in seconds.</summary>
    public required double Seconds { get; init; }

    /// <summary>Waits from arrival to start in seconds, ascending.</summary>
    public required IReadOnlyList<float> Waits { get; init; }

    public double LatePercent => Jobs == 0 ? 0 : 100.0 * Late / Jobs;

    public double Cost => WorkerSeconds / Floor;

    public int Actions => ScaleOuts + ScaleIns;

    public double ActionsPerHour => Actions / (Seconds / 3600);

    /// <summary>The wait that a share of jobs did not exceed.</summary>
    public double Wait(double share) => Waits.Count == 0 ? 0 : Waits[(int)Math.Clamp(Math.Ceiling(share * Waits.Count) - 1, 0, Waits.Count - 1)];
}
