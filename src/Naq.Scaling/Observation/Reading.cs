using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;

namespace Naq.Scaling.Observation;

/// <summary>Something that was looked at: a known value with its time, or unknown with the reason. Unknown is never zero.</summary>
public sealed record Reading<T> where T : class
{
    [JsonConstructor]
    internal Reading(T? value, double at, string? reason) => (Value, At, Reason) = (value, at, reason);

    /// <summary>What was read; null: unknown.</summary>
    public T? Value { get; }

    /// <summary>When, in seconds on the pool's own time axis; of no meaning where unknown.</summary>
    public double At { get; }

    /// <summary>Why it is unknown; null: it is known.</summary>
    public string? Reason { get; }

    /// <summary>Whether there is a value.</summary>
    [JsonIgnore]
    [MemberNotNullWhen(true, nameof(Value))]
    public bool IsKnown => Value is not null;
}

/// <summary>Makes readings.</summary>
public static class Reading
{
    /// <summary>What was read, and when, in seconds on the pool's own time axis.</summary>
    public static Reading<T> Known<T>(T value, double at) where T : class => new(value, at, null);

    /// <summary>It could not be read, and why.</summary>
    public static Reading<T> Unknown<T>(string reason) where T : class => new(null, 0, reason);
}
