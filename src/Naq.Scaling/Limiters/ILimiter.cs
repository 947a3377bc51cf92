using System.Text.Json.Serialization;
using Naq.Scaling.Observation;

namespace Naq.Scaling.Limiters;

/// <summary>Holds a wish back. Immutable and pure: what it must remember is in its state.</summary>
public interface ILimiter
{
    /// <summary>Its name in configuration.</summary>
    string Name { get; }

    /// <summary>Where it stands in the fixed order; the smallest first.</summary>
    int Order { get; }

    /// <summary>Whether the pool's Min yields to it.</summary>
    bool IsHard => false;

    /// <summary>Limits a wish, from what it remembered (null: nothing yet).</summary>
    (Limited Limit, LimiterState? State) Apply(in LimitInput input, int wish, LimiterState? state);
}

/// <summary>What a limiter is asked about.</summary>
/// <param name="At">Seconds on the pool's time axis.</param>
/// <param name="Current">The number of workers in force.</param>
/// <param name="Min">The pool's least.</param>
/// <param name="Max">The pool's most.</param>
/// <param name="HoldDown">How long a lower wish must last, where the pool does not say.</param>
/// <param name="Observation">What was seen.</param>
public readonly record struct LimitInput(double At, int Current, int Min, int Max, TimeSpan HoldDown, PoolObservation Observation)
{
    /// <summary>What a hard limiter let through: no other raises the number above it.</summary>
    public int Ceiling { get; init; } = int.MaxValue;
}

/// <summary>What a limiter lets through.</summary>
/// <param name="Workers">The number after it.</param>
/// <param name="Reason">A code of <see cref="Policies.Reasons"/>; used where it changed the wish.</param>
/// <param name="Numbers">What the reason rests on, by snake-case name.</param>
public sealed record Limited(int Workers, string Reason, IReadOnlyDictionary<string, double> Numbers)
{
    /// <summary>The replica that should go first; null: the provisioner's choice.</summary>
    public string? Victim { get; init; }

    /// <summary>Whether somebody should hear of it where it changed the wish.</summary>
    public bool IsAlert { get; init; }
}

/// <summary>What a limiter remembers between decisions.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "limiter")]
[JsonDerivedType(typeof(HoldState), "hold")]
[JsonDerivedType(typeof(RateState), "rate")]
[JsonDerivedType(typeof(MemoryState), "memory")]
[JsonDerivedType(typeof(BreakerState), "breaker")]
[JsonDerivedType(typeof(CostState), "cost")]
[JsonDerivedType(typeof(CustomLimiterState), "custom")]
public abstract record LimiterState
{
    private protected LimiterState()
    {
    }
}

/// <summary>What a limiter from outside of Naq remembers, in a form of its own.</summary>
/// <param name="Text">Kept as it is, by each decision anew: some hundred characters, not thousands.</param>
public sealed record CustomLimiterState(string Text) : LimiterState;
