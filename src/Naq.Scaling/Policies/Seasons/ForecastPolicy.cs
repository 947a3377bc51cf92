using Naq.Configuration;
using Naq.Scaling.Forecasting;
using Naq.Scaling.Observation;

namespace Naq.Scaling.Policies.Seasons;

/// <summary>Slots for the jobs that are forecast <paramref name="Lookahead"/> ahead, with the margin that the last forecasts needed.</summary>
/// <param name="Lookahead">From now to the end of the quarter of an hour that is forecast; 15 min to a day.</param>
/// <remarks>Never for less than what arrives now, and for the backlog over the same time. It has no opinion before it knows the last quarter of an hour.</remarks>
internal sealed record ForecastPolicy(TimeSpan Lookahead) : IScalingPolicy
{
    public const string TypeName = "forecast";

    /// <summary>A job's seconds before any has ended: nothing is planned by this for long.</summary>
    private const double AssumedGoal = 10;

    public string Name => TypeName;

    public static ForecastPolicy Read(SettingsNode node)
    {
        var lookahead = node.Duration("Lookahead") ?? TimeSpan.FromMinutes(30);
        if (lookahead < TimeSpan.FromMinutes(15) || lookahead > TimeSpan.FromDays(1))
        {
            node.Fail("Lookahead", $"({Quantities.Format(lookahead)}) is not within 15m to 24h.");
        }

        return new(lookahead);
    }

    /// <summary>What it asks for moves by the quarter of an hour at most: a hold would only keep others from shrinking.</summary>
    public TimeSpan HoldDown(Fleet? fleet) => TimeSpan.Zero;

    public (Proposal Proposal, PolicyState? State) Propose(in PolicyInput input, PolicyState? state)
    {
        if (input.Observation is not { Load: { IsKnown: true, Value: var load, At: var at }, Fleet.Value: { } fleet })
        {
            return (Proposal.Gap(Name), state);
        }

        var (before, horizon, epoch) = (state as ForecastPolicyState ?? new(), Lookahead.TotalSeconds, input.Observation.Epoch);
        var seen = new ForecastPolicyState
        {
            Service = before.Service.Look(at, new(fleet.ServiceCount, fleet.ServiceSeconds, fleet.ServiceSecondsSquared), load.InFlight),
            Model = before.Model.Advance(input.History, epoch, horizon),
        };
        if (seen.Model.Predict(input.History, epoch, horizon) is not { } forecast)
        {
            return (Proposal.Abstain(Name, Reasons.Season), seen);
        }

        var now = input.History.Rate(epoch - ForecastCandidates.Span, epoch) ?? 0;
        var service = seen.Service.Planned(AssumedGoal);
        var slots = service * (Math.Max(now, forecast.Upper) + (load.Backlog / horizon));
        var numbers = new Dictionary<string, double>
        {
            ["jobs_per_second"] = forecast.Upper,
            ["mean_jobs_per_second"] = forecast.Mean,
            ["jobs_per_second_now"] = now,
            ["service_seconds"] = service,
            ["backlog"] = load.Backlog,
            ["lookahead_seconds"] = horizon,
        };
        return (new(Name, slots, Reasons.Season, numbers), seen);
    }
}

/// <summary>What the <c>forecast</c> policy remembers.</summary>
internal sealed record ForecastPolicyState : PolicyState
{
    public ServiceTime Service { get; init; } = ServiceTime.None;

    public ForecastModel Model { get; init; } = ForecastModel.New;
}
