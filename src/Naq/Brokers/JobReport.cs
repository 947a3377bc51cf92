namespace Naq.Brokers;

/// <summary>What a running job says of itself. Members that are null stay as they are.</summary>
/// <param name="Lease">Its claim.</param>
public readonly record struct JobReport(Lease Lease)
{
    /// <summary>How much is done, 0 to 1.</summary>
    public double? Progress { get; init; }

    /// <summary>What it is doing, in one line.</summary>
    public string? Note { get; init; }

    /// <summary>Where the next run goes on, in JSON.</summary>
    public ReadOnlyMemory<byte>? Checkpoint { get; init; }
}
