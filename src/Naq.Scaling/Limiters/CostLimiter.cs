using Naq.Configuration;
using Naq.Scaling.Policies;

namespace Naq.Scaling.Limiters;

/// <summary>Keeps a day's worker-hours within a sum of money.</summary>
/// <param name="Price">Of a worker-hour.</param>
/// <param name="PerDay">What a day (UTC) may cost.</param>
/// <param name="Currency">For people only.</param>
/// <remarks>
/// It spends as policies wish, but always leaves enough to keep the pool's Min for the rest of the day: a busy morning is served, and the
/// evening too, with fewer workers. It never goes below Min.
/// </remarks>
internal sealed record CostLimiter(double Price, double PerDay, string Currency) : ILimiter
{
    public const string TypeName = "cost";

    private const double DaySeconds = 86400;

    /// <summary>So many hours ahead a number must be affordable.</summary>
    private const double Ahead = 1;

    public string Name => TypeName;

    public int Order => 60;

    public static CostLimiter Read(SettingsNode node) =>
        new(node.RequiredNumber("Price", above: 0, most: 1e6), node.RequiredNumber("PerDay", above: 0, most: 1e9), node.String("Currency") ?? "EUR");

    public (Limited Limit, LimiterState? State) Apply(in LimitInput input, int wish, LimiterState? state)
    {
        var day = Math.Floor(input.Observation.Epoch / DaySeconds);
        var before = state is CostState s && s.Day == day ? s : new(day, 0, (state as CostState)?.At ?? input.At);
        var paid = input.Observation.Fleet.Value is { } fleet ? fleet.Alive + fleet.Draining : input.Current;
        var spent = before.Hours + (Math.Max(0, input.At - before.At) / 3600 * paid);
        var left = ((day + 1) * DaySeconds - input.Observation.Epoch) / 3600;
        var hours = (PerDay / Price) - spent;
        var affordable = (hours - (input.Min * Math.Max(0, left - Ahead))) / Math.Clamp(left, 0.01, Ahead);
        var most = (int)Math.Clamp(Math.Floor(affordable), input.Min, int.MaxValue / 2);
        var numbers = new Dictionary<string, double> { ["spent"] = spent * Price, ["per_day"] = PerDay, ["affordable_workers"] = most };
        return (new(Math.Min(wish, most), Reasons.Cost, numbers) { IsAlert = true }, new CostState(day, spent, Math.Max(before.At, input.At)));
    }
}

/// <summary>The worker-hours of a day.</summary>
internal sealed record CostState(double Day, double Hours, double At) : LimiterState;
