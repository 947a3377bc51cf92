using System.Collections.Immutable;
using Naq.Scaling.Configuration;
using Naq.Scaling.Policies;

namespace Naq.Scaling.Limiters;

/// <summary>How far the number may move within a period: the larger of a share and a count.</summary>
/// <param name="Percent">Of the number at the period's start.</param>
/// <param name="Workers">At least so many.</param>
/// <param name="Period">The period.</param>
internal sealed record RateRule(double Percent, int Workers, TimeSpan Period)
{
    public static RateRule? Read(SettingsNode? node)
    {
        if (node is null)
        {
            return null;
        }

        var rule = new RateRule(
            node.Number("Percent", above: 0, most: 100_000) ?? 0,
            node.Int("Workers", least: 1) ?? 0,
            node.Duration("Period") ?? TimeSpan.FromMinutes(1));
        if (rule is { Percent: 0, Workers: 0 })
        {
            node.Add("allows no change: set Percent, Workers or both.");
        }

        node.Close();
        return rule;
    }

    public int AllowanceFrom(int workers) => (int)Math.Min(int.MaxValue / 2, Math.Max(Workers, Math.Ceiling(workers * Percent / 100)));
}

/// <summary>Bounds how fast a pool grows and shrinks, as Kubernetes' autoscaler does.</summary>
/// <param name="Up">For growing; null: no bound.</param>
/// <param name="Down">For shrinking; null: no bound.</param>
internal sealed record RateLimiter(RateRule? Up, RateRule? Down) : ILimiter
{
    public const string TypeName = "rate";

    public string Name => TypeName;

    public int Order => 20;

    public static RateLimiter Read(SettingsNode node) => new(RateRule.Read(node.Object("Up")), RateRule.Read(node.Object("Down")));

    public (Limited Limit, LimiterState? State) Apply(in LimitInput input, int wish, LimiterState? state)
    {
        var longest = Math.Max(Up?.Period.TotalSeconds ?? 0, Down?.Period.TotalSeconds ?? 0);
        var past = (state as RateState ?? new([])).Note(input.At, input.Current, longest);
        var most = Up is null ? int.MaxValue : Math.Max(input.Current, Reach(past, input.At, Up, +1));
        var least = Down is null ? 0 : Math.Min(input.Current, Reach(past, input.At, Down, -1));
        var numbers = new Dictionary<string, double> { ["least"] = least, ["most"] = most };
        return (new(Math.Clamp(wish, least, most), Reasons.Rate, numbers), past);
    }

    private static int Reach(RateState past, double at, RateRule rule, int sign)
    {
        var from = past.NumberAt(at - rule.Period.TotalSeconds);
        return Math.Max(0, from + (sign * rule.AllowanceFrom(from)));
    }
}

/// <summary>A number of workers, and since when it was in force.</summary>
internal readonly record struct Level(double Since, int Workers);

/// <summary>The numbers in force over the longest period.</summary>
internal sealed record RateState(ImmutableArray<Level> Levels) : LimiterState
{
    public RateState Note(double at, int current, double window)
    {
        var levels = Levels.IsEmpty || Levels[^1].Workers != current ? Levels.Add(new(at, current)) : Levels;
        var first = 0;
        while (first + 1 < levels.Length && levels[first + 1].Since <= at - window)
        {
            first++;
        }

        return new(levels.RemoveRange(0, first));
    }

    /// <summary>The number in force at a time; before all memory: the oldest known.</summary>
    public int NumberAt(double at)
    {
        var number = Levels[0].Workers;
        foreach (var level in Levels)
        {
            number = level.Since <= at ? level.Workers : number;
        }

        return number;
    }
}
