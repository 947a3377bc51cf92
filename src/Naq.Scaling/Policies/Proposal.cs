using System.Collections.ObjectModel;

namespace Naq.Scaling.Policies;

/// <summary>What one policy wants.</summary>
/// <param name="Policy">Its name.</param>
/// <param name="Slots">How many slots; null: it cannot tell.</param>
/// <param name="Reason">A code of <see cref="Reasons"/>.</param>
/// <param name="Numbers">What the reason rests on, by snake-case name.</param>
public sealed record Proposal(string Policy, double? Slots, string Reason, IReadOnlyDictionary<string, double> Numbers)
{
    /// <summary>Whether the policy has no opinion, as nothing is known of the past: others decide, and without others the number stays.</summary>
    public bool IsAbstention => Slots is null && Reason != Reasons.MetricGap;

    /// <summary>For a policy that has seen too little to say anything.</summary>
    public static Proposal Abstain(string policy, string reason) => new(policy, null, reason, ReadOnlyDictionary<string, double>.Empty);

    /// <summary>For a policy whose reading is unknown.</summary>
    public static Proposal Gap(string policy) => new(policy, null, Reasons.MetricGap, ReadOnlyDictionary<string, double>.Empty);
}
