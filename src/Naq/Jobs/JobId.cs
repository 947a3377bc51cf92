using System.Diagnostics.CodeAnalysis;

namespace Naq;

/// <summary>Names one job, over all queues and brokers, for ever. Printed as 32 lower-case hexadecimal digits.</summary>
/// <param name="Value">A version 7 GUID, so that ids sort roughly by the time of their making.</param>
public readonly record struct JobId(Guid Value)
{
    /// <summary>Makes a new id whose leading bits are the wall time of <paramref name="time"/>.</summary>
    public static JobId New(TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(time);
        return new(Guid.CreateVersion7(time.GetUtcNow()));
    }

    /// <summary>Reads an id as <see cref="ToString"/> prints it; dashes are accepted.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out JobId id)
    {
        var parsed = Guid.TryParse(text, out var value);
        id = new(value);
        return parsed;
    }

    /// <inheritdoc/>
    public override string ToString() => Value.ToString("N");
}
