using Naq.Configuration;
using Naq.Scaling.Forecasting;
using Naq.Scaling.Observation;

namespace Naq.Scaling.Policies.Seasons;

/// <summary>The example's rule: the mean of the same hour of the week in the past weeks, <paramref name="Lookahead"/> ahead, UTC.</summary>
/// <param name="Lookahead">How far ahead; 0 to a day.</param>
/// <remarks>
/// A poor forecaster (measured 1.6 times the error of "same as now" half an hour ahead, 17 times at worst): <c>forecast</c> is the one to
/// use. Without any past week it has no opinion, which is not the same as no jobs.
/// </remarks>
internal sealed record PredictivePolicy(TimeSpan Lookahead) : IScalingPolicy
{
    public const string TypeName = "predictive";

    private const double AssumedGoal = 10;
    private const double Hour = 3600;
    private const double Week = 7 * 86400;
    private const int Weeks = 8;

    public string Name => TypeName;

    /// <summary>Reads <c>Lookahead</c>, or the example's <c>lookahead_minutes</c>.</summary>
    public static PredictivePolicy Read(SettingsNode node)
    {
        var minutes = node.Int("lookahead_minutes", least: 0);
        var lookahead = node.Duration("Lookahead") ?? TimeSpan.FromMinutes(minutes ?? 30);
        if (lookahead > TimeSpan.FromDays(1))
        {
            node.Fail("Lookahead", $"({Quantities.Format(lookahead)}) is above 24h.");
        }

        return new(lookahead);
    }

    /// <summary>What it asks for moves by the hour.</summary>
    public TimeSpan HoldDown(Fleet? fleet) => TimeSpan.Zero;

    public (Proposal Proposal, PolicyState? State) Propose(in PolicyInput input, PolicyState? state)
    {
        if (input.Observation is not { Load: { IsKnown: true, Value: var load, At: var at }, Fleet.Value: { } fleet })
        {
            return (Proposal.Gap(Name), state);
        }

        var before = state as ServiceState ?? new();
        var sums = new ServiceSums(fleet.ServiceCount, fleet.ServiceSeconds, fleet.ServiceSecondsSquared);
        var seen = new ServiceState { Service = before.Service.Look(at, sums, load.InFlight) };
        if (UsualRate(input.History, input.Observation.Epoch + Lookahead.TotalSeconds) is not { } rate)
        {
            return (Proposal.Abstain(Name, Reasons.Predictive), seen);
        }

        var service = seen.Service.Planned(AssumedGoal);
        var numbers = new Dictionary<string, double>
        {
            ["jobs_per_second"] = rate, ["service_seconds"] = service, ["lookahead_seconds"] = Lookahead.TotalSeconds,
        };
        return (new(Name, rate * service, Reasons.Predictive, numbers), seen);
    }

    /// <summary>Jobs per second in the same hour of the past weeks; null: none of them is known.</summary>
    public static double? UsualRate(ArrivalHistory history, double target)
    {
        var hour = Math.Floor(target / Hour) * Hour;
        var (sum, known) = (0.0, 0);
        for (var week = 1; week <= Weeks; week++)
        {
            (sum, known) = history.Rate(hour - (week * Week), hour + Hour - (week * Week)) is { } rate ? (sum + rate, known + 1) : (sum, known);
        }

        return known > 0 ? sum / known : null;
    }
}

/// <summary>What a policy remembers that needs only the length of jobs.</summary>
internal sealed record ServiceState : PolicyState
{
    public ServiceTime Service { get; init; } = ServiceTime.None;
}
