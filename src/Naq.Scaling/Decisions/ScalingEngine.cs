using System.Collections.Immutable;
using Naq.Scaling.Forecasting;
using Naq.Scaling.Limiters;
using Naq.Scaling.Policies;
using Naq.Scaling.Pools;
using Naq.Scaling.Observation;

namespace Naq.Scaling.Decisions;

/// <summary>The heart: from what is configured, seen and remembered to a number of workers. Pure: the same input gives the same decision.</summary>
internal static class ScalingEngine
{
    /// <summary>A gap in the readings holds the number; one of more seconds than this, the highest number of the last <see cref="GapMemory"/>.</summary>
    private const double LongGap = 60;

    private const double GapMemory = 600;

    /// <summary>Decides. The highest proposal wins; slots become workers once, after that; then each limiter in turn.</summary>
    public static (Decision Decision, PoolState State) Decide(PoolConfig config, PoolObservation observation, ArrivalHistory history, PoolState state)
    {
        observation = Remember(observation, state);
        var current = state.Desired ?? observation.Fleet.Value?.Alive ?? config.Min;
        var (proposals, policies) = Propose(config, observation, history, current, state);
        var recent = Extreme.Push(state.Recent, observation.At, current, GapMemory, static (a, b) => a >= b);
        var gapSince = proposals.Any(static p => p is { Slots: null, IsAbstention: false }) ? state.GapSince ?? observation.At : (double?)null;
        var held = gapSince is { } since && observation.At - since > LongGap ? Math.Max(current, recent[0].Workers) : current;
        var winner = proposals.Where(static p => !p.IsAbstention).MaxBy(p => p.Slots ?? (double)held * config.Worker.Concurrency)
            ?? proposals[0]; // a pool has a policy
        var wish = winner.Slots is { } slots ? WorkersFor(slots, config.Worker.Concurrency) : held;

        var input = new LimitInput(observation.At, current, config.Min, config.Max, config.Policies.Max(p => p.HoldDown(observation.Fleet.Value)), observation);
        var (steps, limiters, desired, victims, isAlert) = Limit(config.Limiters, input, wish, state);

        var decision = new Decision
        {
            Pool = config.Name,
            From = current,
            To = desired,
            Wish = wish,
            Concurrency = config.Worker.Concurrency,
            Held = winner.Slots is null ? held : null,
            Reasons = [winner.Reason, .. steps.Select(static s => s.Reason)],
            Proposals = proposals,
            Steps = steps,
            Observation = observation,
            Victims = victims,
            IsAlert = isAlert,
        };
        return (decision, state with
        {
            At = observation.At, Desired = desired, Policies = policies, Limiters = limiters, Recent = recent, GapSince = gapSince,
            ColdStartSeconds = observation.Fleet.Value?.ColdStartSeconds ?? state.ColdStartSeconds,
        });
    }

    private static (ImmutableArray<Proposal> Proposals, ImmutableSortedDictionary<string, PolicyState> States) Propose(
        PoolConfig config, PoolObservation observation, ArrivalHistory history, int current, PoolState state)
    {
        var input = new PolicyInput(
            observation, current, config.Worker.Concurrency, config.Min, config.Max, config.Interval.TotalSeconds) { History = history };
        var proposals = ImmutableArray.CreateBuilder<Proposal>();
        var states = ImmutableSortedDictionary.CreateBuilder<string, PolicyState>();
        foreach (var policy in config.Policies)
        {
            var (proposal, next) = policy.Propose(in input, state.Policies.GetValueOrDefault(policy.Name));
            proposals.Add(proposal);
            if (next is not null)
            {
                states[policy.Name] = next;
            }
        }

        return (proposals.ToImmutable(), states.ToImmutable());
    }

    /// <summary>Nobody is there to be measured: what was known of starting a worker still holds.</summary>
    private static PoolObservation Remember(PoolObservation observation, PoolState state) =>
        observation.Fleet is { Value: { ColdStartSeconds: null } fleet, At: var at } && state.ColdStartSeconds is { } cold
            ? observation with { Fleet = Reading.Known(fleet with { ColdStartSeconds = cold }, at) }
            : observation;

    private static (ImmutableArray<LimitStep> Steps, ImmutableSortedDictionary<string, LimiterState> States, int Desired,
        ImmutableArray<string> Victims, bool IsAlert) Limit(ImmutableArray<ILimiter> limiters, LimitInput input, int wish, PoolState state)
    {
        var (victims, isAlert) = (ImmutableArray.CreateBuilder<string>(), false);
        var steps = ImmutableArray.CreateBuilder<LimitStep>();
        var states = ImmutableSortedDictionary.CreateBuilder<string, LimiterState>();
        var number = wish;
        foreach (var limiter in limiters)
        {
            var (limit, next) = limiter.Apply(in input, number, state.Limiters.GetValueOrDefault(limiter.Name));
            if (limit.Workers != number)
            {
                var without = Without(limiter, limiters, input, wish, state);
                steps.Add(new(limiter.Name, limit.Reason, number, limit.Workers, without, limit.Numbers));
                input = limiter.IsHard ? input with { Ceiling = Math.Min(input.Ceiling, limit.Workers) } : input;
                number = limit.Workers;
                isAlert |= limit.IsAlert;
            }

            if (limit.Victim is { } victim)
            {
                victims.Add(victim);
            }

            if (next is not null)
            {
                states[limiter.Name] = next;
            }
        }

        return (steps.ToImmutable(), states.ToImmutable(), number, victims.ToImmutable(), isAlert);
    }

    private static int Without(ILimiter absent, ImmutableArray<ILimiter> limiters, LimitInput input, int wish, PoolState state)
    {
        (var number, input) = (wish, input with { Ceiling = int.MaxValue });
        foreach (var limiter in limiters.Where(l => l != absent))
        {
            var after = limiter.Apply(in input, number, state.Limiters.GetValueOrDefault(limiter.Name)).Limit.Workers;
            input = limiter.IsHard && after < number ? input with { Ceiling = Math.Min(input.Ceiling, after) } : input;
            number = after;
        }

        return number;
    }

    private static int WorkersFor(double slots, int concurrency) =>
        (int)Math.Min(int.MaxValue / 2, Math.Ceiling((Math.Max(0, slots) / concurrency) - 1e-9));
}
