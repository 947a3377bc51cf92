using System.Text.Json.Serialization;

namespace Naq.Scaling.Decisions.Deciders;

/// <summary>The first line of <c>naq autoscale decide --stdio</c>: the pool, its promise, its history. Times in seconds.</summary>
/// <remarks>Members are settable, as the JSON source generator forgets the defaults of those that are not.</remarks>
internal sealed record DeciderInit
{
    public int Version { get; set; } = 1;

    /// <summary>From launch to the first claim.</summary>
    public double ColdStartS { get; set; } = 2;

    /// <summary>A job should start within so long.</summary>
    public double SloWaitS { get; set; } = 10;

    /// <summary>The share of jobs that should.</summary>
    public double SloTarget { get; set; } = 0.99;

    /// <summary>Between two decisions.</summary>
    public double IntervalS { get; set; } = 5;

    /// <summary>The age of the metrics that a decision sees.</summary>
    public double MetricLagS { get; set; }

    /// <summary>Slots of a worker.</summary>
    public int Concurrency { get; set; } = 1;

    public int MinWorkers { get; set; } = 1;

    public int MaxWorkers { get; set; } = 100;

    public int InitialWorkers { get; set; } = 1;

    /// <summary>Unix time of t = 0.</summary>
    public double Epoch { get; set; }

    public double HistoryBinS { get; set; } = 60;

    /// <summary>Unix time of the first bin of <see cref="History"/>.</summary>
    public double HistoryEpoch { get; set; }

    /// <summary>Arrivals per bin up to t = 0; may be empty.</summary>
    public IReadOnlyList<double> History { get; set; } = [];
}

/// <summary>What a decision is asked about. Totals are cumulative; metrics are null in a gap.</summary>
internal sealed record DeciderObservation
{
    /// <summary>Seconds since the beginning.</summary>
    public double T { get; init; }

    /// <summary>The wall clock now, Unix seconds.</summary>
    public double Epoch { get; init; }

    /// <summary>When the metrics were read, in seconds since the beginning.</summary>
    public double? SampledAt { get; init; }

    /// <summary>Whether the metrics are those of before.</summary>
    public bool Stale { get; init; }

    /// <summary>The number in force.</summary>
    public int Desired { get; init; }

    public int WorkersStarting { get; init; }

    public int WorkersReady { get; init; }

    public int WorkersDraining { get; init; }

    public double? QueueDepth { get; init; }

    public double? OldestAge { get; init; }

    public double? InFlight { get; init; }

    public double? ArrivedTotal { get; init; }

    public double? CompletedTotal { get; init; }

    public double? FailedTotal { get; init; }

    public double? SvcCount { get; init; }

    public double? SvcSum { get; init; }

    public double? SvcSumsq { get; init; }

    /// <summary>The longest wait of jobs that started since the last observation.</summary>
    public double? WaitMaxRecent { get; init; }

    /// <summary>Jobs that started since the last observation.</summary>
    public double? StartedRecent { get; init; }

    public double? StartedTotal { get; init; }

    public double? StartedLateTotal { get; init; }
}

/// <summary>The answer to an observation.</summary>
internal sealed record DeciderAnswer(int Desired, IReadOnlyList<string> Reasons);

/// <summary>Says how many workers a pool shall have, observation by observation. One caller.</summary>
internal interface IDecider : IDisposable
{
    DeciderAnswer Decide(DeciderObservation seen);
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, Converters = [typeof(WholeNumber)])]
[JsonSerializable(typeof(DeciderInit))]
[JsonSerializable(typeof(DeciderObservation))]
[JsonSerializable(typeof(DeciderAnswer))]
internal sealed partial class DeciderJson : JsonSerializerContext;
