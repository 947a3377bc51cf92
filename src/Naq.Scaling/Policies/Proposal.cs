using System.Collections.ObjectModel;

namespace Naq.Scaling.Policies;

/// <summary>What one policy wants.</summary>
/// <param name="Policy">Its name.</param>
/// <param name="Slots">How many slots; null: it cannot tell, because a reading that it needs is unknown.</param>
/// <param name="Reason">A code of <see cref="Reasons"/>.</param>
/// <param name="Numbers">What the reason rests on, by snake-case name.</param>
internal sealed record Proposal(string Policy, double? Slots, string Reason, IReadOnlyDictionary<string, double> Numbers)
{
    /// <summary>For a policy whose reading is unknown.</summary>
    public static Proposal Gap(string policy) => new(policy, null, Reasons.MetricGap, ReadOnlyDictionary<string, double>.Empty);
}
