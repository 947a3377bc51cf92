using System.Collections.Immutable;
using Naq.Configuration;
using Naq.Scaling.Policies;

namespace Naq.Scaling.Limiters;

/// <summary>How far the number may move within a period: the larger of a share and a count.</summary>
/// <param name="Percent">Of the number at the period's start.</param>
/// <param name="Workers">At least so many.</param>
/// <param name="Period">The period.</param>
internal sealed record RateRule(double Percent, int Workers, TimeSpan Period)
{
    /// <summary>Reads its members; the object is another's to close.</summary>
    public static RateRule Read(SettingsNode node)
    {
        var rule = new RateRule(
            node.Number("Percent", above: 0, most: 100_000) ?? 0,
            node.Int("Workers", least: 1) ?? 0,
            node.Duration("Period") ?? TimeSpan.FromMinutes(1));
        if (rule is { Percent: 0, Workers: 0 })
        {
            node.Add("allows no change: set Percent, Workers or both.");
        }

        return rule;
    }

    public int AllowanceFrom(int workers) => (int)Math.Min(int.MaxValue / 2, Math.Max(Workers, Math.Ceiling(workers * Percent / 100)));
}

/// <summary>Which of several rules counts.</summary>
internal enum RateSelect
{
    /// <summary>The one that allows most.</summary>
    Max,

    /// <summary>The one that allows least.</summary>
    Min,

    /// <summary>None: no change in this direction.</summary>
    Disabled,
}

/// <summary>How far the number may move in one direction.</summary>
/// <param name="Rules">At least one, unless disabled.</param>
/// <param name="Select">Which of them counts.</param>
internal sealed record RateSide(ImmutableArray<RateRule> Rules, RateSelect Select)
{
    public double LongestSeconds => Rules.Select(static r => r.Period.TotalSeconds).DefaultIfEmpty(0).Max();

    /// <summary>Reads one rule (Percent, Workers, Period), or several under Rules with a Select.</summary>
    public static RateSide? Read(SettingsNode? node)
    {
        if (node is null)
        {
            return null;
        }

        var select = node.Choice("Select", RateSelect.Max);
        if (!node.Has("Rules"))
        {
            ImmutableArray<RateRule> one = select == RateSelect.Disabled ? [] : [RateRule.Read(node)];
            node.Close();
            return new(one, select);
        }

        var rules = ImmutableArray.CreateBuilder<RateRule>();
        foreach (var item in node.List("Rules"))
        {
            rules.Add(RateRule.Read(item));
            item.Close();
        }

        if (rules.Count == 0 && select != RateSelect.Disabled)
        {
            node.Fail("Rules", "is empty. Name at least one rule, or set Select to disabled.");
        }

        node.Close();
        return new(rules.ToImmutable(), select);
    }

    /// <summary>How far the number may be from what it was at the beginning of each rule's period.</summary>
    /// <param name="past">The numbers in force.</param>
    /// <param name="at">Now.</param>
    /// <param name="current">The number in force now.</param>
    /// <param name="sign">1 for growing, −1 for shrinking.</param>
    public int Reach(RateState past, double at, int current, int sign)
    {
        if (Select == RateSelect.Disabled || Rules.IsEmpty)
        {
            return current;
        }

        var moves = Rules.Select(rule =>
        {
            var from = past.NumberAt(at - rule.Period.TotalSeconds);
            return Math.Max(0, (sign * (from - current)) + rule.AllowanceFrom(from));
        });
        return Math.Max(0, current + (sign * (Select == RateSelect.Max ? moves.Max() : moves.Min())));
    }
}

/// <summary>Bounds how fast a pool grows and shrinks, as the behaviour of Kubernetes' autoscaler does; its windows are the <c>hold</c>.</summary>
/// <param name="Up">For growing; null: no bound.</param>
/// <param name="Down">For shrinking; null: no bound.</param>
internal sealed record RateLimiter(RateSide? Up, RateSide? Down) : ILimiter
{
    public const string TypeName = "rate";

    public string Name => TypeName;

    public int Order => 20;

    public static RateLimiter Read(SettingsNode node) => new(RateSide.Read(node.Object("Up")), RateSide.Read(node.Object("Down")));

    public (Limited Limit, LimiterState? State) Apply(in LimitInput input, int wish, LimiterState? state)
    {
        var longest = Math.Max(Up?.LongestSeconds ?? 0, Down?.LongestSeconds ?? 0);
        var past = (state as RateState ?? new([])).Note(input.At, input.Current, longest);
        var most = Up?.Reach(past, input.At, input.Current, +1) ?? int.MaxValue;
        var least = Down?.Reach(past, input.At, input.Current, -1) ?? 0;
        var numbers = new Dictionary<string, double> { ["least"] = least, ["most"] = most };
        return (new(Math.Clamp(wish, least, most), Reasons.Rate, numbers), past);
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
