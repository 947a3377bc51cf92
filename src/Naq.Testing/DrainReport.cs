namespace Naq.Testing;

/// <summary>What the attempts of a run came to.</summary>
/// <param name="Succeeded">Jobs that are done.</param>
/// <param name="Failed">Attempts that failed and will be tried again.</param>
/// <param name="Dead">Jobs that were given up.</param>
/// <param name="Snoozed">Jobs that put themselves off.</param>
public sealed record DrainReport(int Succeeded, int Failed, int Dead, int Snoozed)
{
    /// <summary>Nothing ran.</summary>
    public static DrainReport None { get; } = new(0, 0, 0, 0);

    /// <summary>Both together.</summary>
    public DrainReport Plus(DrainReport other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return new(Succeeded + other.Succeeded, Failed + other.Failed, Dead + other.Dead, Snoozed + other.Snoozed);
    }
}

/// <summary>What a test expected of a harness is not so.</summary>
public sealed class HarnessException(string message) : Exception(message);
