using System.Text.Json;
using Naq.Scaling.Limiters;

namespace Naq.Conformance.Scaling;

/// <summary>What every limiter keeps, over seeded histories.</summary>
public abstract class LimiterConformance
{
    private const int Histories = 200;
    private const int Looks = 50;

    /// <summary>Makes the limiter.</summary>
    protected abstract ILimiter Make();

    [Fact]
    public void Its_name_can_stand_in_configuration() => Assert.Matches("^[a-z][a-z0-9_]{0,31}$", Make().Name);

    [Fact]
    public void It_stays_between_what_runs_and_what_is_wished_or_within_the_bounds() => Play((limiter, input, wish, limit) =>
    {
        var (least, most) = (Math.Min(Math.Min(input.Current, wish), input.Min), Math.Max(Math.Max(input.Current, wish), input.Max));
        Assert.InRange(limit.Workers, limiter.IsHard ? 0 : least, most);
    });

    [Fact]
    public void Where_it_changes_the_wish_it_says_why() => Play((_, _, wish, limit) =>
    {
        Assert.True(limit.Workers == wish || !string.IsNullOrEmpty(limit.Reason));
        Assert.All(limit.Numbers, static number => Assert.Matches("^[a-z][a-z0-9_]*$", number.Key));
    });

    [Fact]
    public void It_is_pure()
    {
        var (first, second) = (new List<int>(), new List<int>());
        Play((_, _, _, limit) => first.Add(limit.Workers));
        Play((_, _, _, limit) => second.Add(limit.Workers));

        Assert.Equal(first, second);
    }

    [Fact]
    public void What_it_remembers_survives_a_leader() => Play(
        static (_, _, _, _) => { },
        static state => state is null ? null : JsonSerializer.Deserialize<LimiterState>(JsonSerializer.Serialize(state, ScalingSeeds.Json), ScalingSeeds.Json));

    private void Play(Action<ILimiter, LimitInput, int, Limited> look, Func<LimiterState?, LimiterState?>? pass = null)
    {
        for (var seed = 0; seed < Histories; seed++)
        {
            var (limiter, random, state) = (Make(), new Random(seed), (LimiterState?)null);
            for (var at = 0; at < Looks; at++)
            {
                var (input, wish) = (ScalingSeeds.Limit(random, at * 5), random.Next(0, 60));
                (var limit, state) = limiter.Apply(in input, wish, state);
                state = pass is null ? state : pass(state);
                look(limiter, input, wish, limit);
            }
        }
    }
}
