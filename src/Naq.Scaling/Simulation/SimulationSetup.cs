namespace Naq.Scaling.Simulation;

/// <summary>How a simulated pool works: what its workers cost in time, what is promised, and how often it is decided. Seconds.</summary>
internal sealed record SimulationProfile(string Name)
{
    /// <summary>From launch to ready, on average.</summary>
    public required double ColdStart { get; init; }

    /// <summary>A job should start within so long.</summary>
    public required double Goal { get; init; }

    public required double Interval { get; init; }

    /// <summary>The age of the metrics that a decision sees.</summary>
    public required double MetricLag { get; init; }

    /// <summary>The mean time that a job holds a slot.</summary>
    public required double Service { get; init; }

    /// <summary>Standard deviation over mean of a job's time; 0: all alike.</summary>
    public double ServiceVariation { get; init; } = 1;

    public ServiceLaw Law { get; init; }

    public double ColdStartVariation { get; init; } = 0.15;

    /// <summary>The promised share.</summary>
    public double Share { get; init; } = 0.99;

    public int Concurrency { get; init; } = 1;

    public int Min { get; init; } = 1;

    public int Max { get; init; } = 100;

    public int Initial { get; init; } = 2;

    /// <summary>Worker processes on a machine.</summary>
    public static SimulationProfile Process { get; } = new("process") { ColdStart = 2, Goal = 10, Interval = 5, MetricLag = 1, Service = 4 };

    /// <summary>Containers on a cluster that has room.</summary>
    public static SimulationProfile Container { get; } = new("container")
    {
        ColdStart = 30, Goal = 30, Interval = 10, MetricLag = 5, Service = 20, Concurrency = 4,
    };

    /// <summary>Workers that need a new machine.</summary>
    public static SimulationProfile Node { get; } = new("node")
    {
        ColdStart = 120, Goal = 120, Interval = 15, MetricLag = 15, Service = 60, ServiceVariation = 1.5, Concurrency = 8,
    };

    public static IReadOnlyList<SimulationProfile> All { get; } = [Process, Container, Node];
}
