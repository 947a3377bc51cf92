using System.Collections.Immutable;
using Naq.Configuration;
using Naq.Scaling.Policies;

namespace Naq.Scaling.Limiters;

/// <summary>Follows a lower wish only once it has lasted: never below the highest wish of the last <paramref name="Down"/>.</summary>
/// <param name="Down">How long; null: what the pool's policies need.</param>
/// <param name="Up">The same for higher wishes; usually zero.</param>
/// <remarks>
/// As the example's rule asks for the present number −1, each step down waits a full hold there, and a number that a policy asks for
/// outright (<c>latency</c>) is reached in one go.
/// </remarks>
internal sealed record HoldLimiter(TimeSpan? Down, TimeSpan Up) : ILimiter
{
    public const string TypeName = "hold";

    public string Name => TypeName;

    public int Order => 10;

    public static HoldLimiter Read(SettingsNode node) => new(node.Duration("Down"), node.Duration("Up") ?? TimeSpan.Zero);

    public (Limited Limit, LimiterState? State) Apply(in LimitInput input, int wish, LimiterState? state)
    {
        var down = (Down ?? input.HoldDown).TotalSeconds;
        var before = state as HoldState ?? HoldState.Start(input.At, input.Current);
        var next = new HoldState(
            Extreme.Push(before.Highest, input.At, wish, down, static (a, b) => a >= b),
            Extreme.Push(before.Lowest, input.At, wish, Up.TotalSeconds, static (a, b) => a <= b));

        var floor = Math.Min(input.Current, next.Highest[0].Workers);
        var ceiling = Math.Max(input.Current, next.Lowest[0].Workers);
        var numbers = new Dictionary<string, double> { ["down_seconds"] = down, ["up_seconds"] = Up.TotalSeconds };
        return (new(Math.Clamp(wish, floor, ceiling), Reasons.Hold, numbers), next);
    }
}

/// <summary>A wish, and the time until which it was in force.</summary>
internal readonly record struct Wish(double Until, int Workers);

/// <summary>The wishes of the hold that are not outdone by a later one; the extreme is first.</summary>
internal sealed record HoldState(ImmutableArray<Wish> Highest, ImmutableArray<Wish> Lowest) : LimiterState
{
    /// <summary>Before the first wish the number in force counts as wished: whoever starts to look releases nothing at once.</summary>
    public static HoldState Start(double at, int current) => new([new(at, current)], [new(at, current)]);
}

/// <summary>A sliding maximum or minimum. At most as long as there are different numbers.</summary>
internal static class Extreme
{
    /// <summary>The wish in force until now gives way to another; what is older than the window, or outdone, goes.</summary>
    public static ImmutableArray<Wish> Push(ImmutableArray<Wish> wishes, double at, int workers, double window, Func<int, int, bool> outdoes)
    {
        var kept = wishes.ToBuilder();
        if (kept.Count > 0)
        {
            kept[^1] = kept[^1] with { Until = at };
        }

        while (kept.Count > 0 && kept[0].Until <= at - window)
        {
            kept.RemoveAt(0);
        }

        while (kept.Count > 0 && outdoes(workers, kept[^1].Workers))
        {
            kept.RemoveAt(kept.Count - 1);
        }

        kept.Add(new(at, workers));
        return kept.ToImmutable();
    }
}
