using System.Text.Json;
using Naq.Scaling.Observation;
using Naq.Scaling.Policies;

namespace Naq.Conformance.Scaling;

/// <summary>What every scaling policy keeps, over seeded histories.</summary>
public abstract class PolicyConformance
{
    private const int Histories = 200;
    private const int Looks = 50;

    /// <summary>Makes the policy.</summary>
    protected abstract IScalingPolicy Make();

    [Fact]
    public void Its_name_can_stand_in_configuration() => Assert.Matches("^[a-z][a-z0-9_]{0,31}$", Make().Name);

    [Fact]
    public void It_proposes_a_number_or_nothing_and_says_why() => Play((policy, proposal, _) =>
    {
        Assert.Equal(policy.Name, proposal.Policy);
        Assert.False(string.IsNullOrEmpty(proposal.Reason));
        Assert.True(proposal.Slots is null or (>= 0 and <= 1e9), $"{proposal.Slots} slots");
        Assert.All(proposal.Numbers, static number => Assert.Matches("^[a-z][a-z0-9_]*$", number.Key));
    });

    [Fact]
    public void It_is_pure()
    {
        var (first, second) = (new List<Proposal>(), new List<Proposal>());
        Play((_, proposal, _) => first.Add(proposal));
        Play((_, proposal, _) => second.Add(proposal));

        Assert.Equal(first.Select(static proposal => (proposal.Slots, proposal.Reason)), second.Select(static proposal => (proposal.Slots, proposal.Reason)));
    }

    [Fact]
    public void What_it_remembers_survives_a_leader() => Play(
        static (_, _, _) => { },
        static state => state is null ? null : JsonSerializer.Deserialize<PolicyState>(JsonSerializer.Serialize(state, ScalingSeeds.Json), ScalingSeeds.Json));

    /// <summary>Unknown is not zero: a reading that failed must not stop workers.</summary>
    [Fact]
    public void It_asks_for_no_fewer_workers_when_nothing_can_be_seen()
    {
        var (policy, random) = (Make(), new Random(7));
        var (before, state) = policy.Propose(ScalingSeeds.Input(random, 0), null);
        var blind = ScalingSeeds.Input(random, 10) with
        {
            Observation = new(10, Reading.Unknown<QueueLoad>("not read"), Reading.Unknown<Fleet>("not read")),
        };

        var (proposal, _) = policy.Propose(blind, state);

        Assert.True(proposal.Slots is null || proposal.Slots >= (before.Slots ?? 0), $"{proposal.Slots} slots where nothing is known, {before.Slots} before");
    }

    private void Play(Action<IScalingPolicy, Proposal, PolicyInput> look, Func<PolicyState?, PolicyState?>? pass = null)
    {
        for (var seed = 0; seed < Histories; seed++)
        {
            var (policy, random, state) = (Make(), new Random(seed), (PolicyState?)null);
            for (var at = 0; at < Looks; at++)
            {
                var input = ScalingSeeds.Input(random, at * 5);
                (var proposal, state) = policy.Propose(in input, state);
                state = pass is null ? state : pass(state);
                look(policy, proposal, input);
            }
        }
    }
}
