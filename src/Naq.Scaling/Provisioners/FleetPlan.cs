namespace Naq.Scaling.Provisioners;

/// <summary>A replica that was not told to stop.</summary>
/// <param name="Name">Its name.</param>
/// <param name="IsRegistered">Whether its worker is in the registry, be it waiting for a seat.</param>
/// <param name="IsRetiring">Whether its worker asks to be replaced.</param>
internal readonly record struct Member(string Name, bool IsRegistered, bool IsRetiring);

/// <summary>What to do to bring a pool to a number of replicas. Pure.</summary>
/// <param name="Start">How many to start.</param>
/// <param name="Stop">Which to ask to drain.</param>
internal sealed record FleetPlan(int Start, IReadOnlyList<string> Stop)
{
    /// <summary>Plans. A retiring replica is replaced first and stopped once its successor has registered, one at a time.</summary>
    /// <param name="members">The replicas that are not stopping, the oldest first.</param>
    /// <param name="stopping">How many drain already.</param>
    /// <param name="desired">How many there shall be.</param>
    /// <param name="most">With the draining ones there are never more than one above this.</param>
    /// <param name="victims">Who may go, in order.</param>
    public static FleetPlan Make(IReadOnlyList<Member> members, int stopping, int desired, int most, IReadOnlyList<string> victims)
    {
        var surplus = members.Count - desired;
        var isReplacing = desired > 0 && members.Any(static m => m.IsRetiring);
        if (surplus <= 0)
        {
            var extra = surplus == 0 && isReplacing && stopping == 0 ? 1 : 0;
            var room = Math.Max(0, most + 1 - members.Count - stopping);
            return new(Math.Min(extra - surplus, room), []);
        }

        var awaited = isReplacing && members.Any(static m => !m.IsRegistered) ? 1 : 0;
        return new(0, [.. InOrder(members, victims).Take(surplus - awaited)]);
    }

    /// <summary>The retiring go first, then those that claim nothing yet, then the victims as they were named, then the newest.</summary>
    private static IEnumerable<string> InOrder(IReadOnlyList<Member> members, IReadOnlyList<string> victims)
    {
        var names = members.Select(static m => m.Name).ToHashSet(StringComparer.Ordinal);
        return members.Where(static m => m.IsRetiring).Select(static m => m.Name)
            .Concat(members.Reverse().Where(static m => !m.IsRegistered).Select(static m => m.Name))
            .Concat(victims.Where(names.Contains))
            .Concat(members.Reverse().Select(static m => m.Name))
            .Distinct(StringComparer.Ordinal);
    }
}
