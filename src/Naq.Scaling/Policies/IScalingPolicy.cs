using System.Text.Json.Serialization;
using Naq.Scaling.Forecasting;
using Naq.Scaling.Observation;

namespace Naq.Scaling.Policies;

/// <summary>Says how many slots a pool needs. Immutable and pure: what it must remember is in its state.</summary>
public interface IScalingPolicy
{
    /// <summary>Its name in configuration.</summary>
    string Name { get; }

    /// <summary>How long a lower wish must last, where the pool does not say.</summary>
    TimeSpan HoldDown(Fleet? fleet);

    /// <summary>Proposes, from what is seen and what it remembered (null: nothing yet).</summary>
    (Proposal Proposal, PolicyState? State) Propose(in PolicyInput input, PolicyState? state);
}

/// <summary>What a policy is asked about.</summary>
/// <param name="Observation">What was seen.</param>
/// <param name="Current">The number of workers in force.</param>
/// <param name="Concurrency">Slots of a worker.</param>
/// <param name="Min">The pool's least workers.</param>
/// <param name="Max">The pool's most workers.</param>
/// <param name="Interval">Seconds between two regular decisions.</param>
public readonly record struct PolicyInput(PoolObservation Observation, int Current, int Concurrency, int Min, int Max, double Interval)
{
    /// <summary>When jobs arrived, over weeks.</summary>
    internal ArrivalHistory History { get; init; } = ArrivalHistory.Empty;
}

/// <summary>What a policy remembers between decisions. Serialisable, so that a new leader goes on and a recorded run replays.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "policy")]
[JsonDerivedType(typeof(Latency.LatencyState), "latency")]
[JsonDerivedType(typeof(Seasons.ForecastPolicyState), "forecast")]
[JsonDerivedType(typeof(Seasons.ServiceState), "service")]
[JsonDerivedType(typeof(CustomPolicyState), "custom")]
public abstract record PolicyState
{
    private protected PolicyState()
    {
    }
}

/// <summary>What a policy from outside of Naq remembers, in a form of its own.</summary>
/// <param name="Text">Kept as it is, by each decision anew: some hundred characters, not thousands.</param>
public sealed record CustomPolicyState(string Text) : PolicyState;
