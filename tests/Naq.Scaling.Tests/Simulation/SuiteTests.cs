using Naq.Scaling.Simulation;
using Naq.Scaling.Simulation.Baselines;

namespace Naq.Scaling.Tests.Simulation;

/// <summary>Who is better: punctual (up to 1 % late, or no later than we) and cheaper.</summary>
public sealed class SuiteTests
{
    [Theory]
    [InlineData(0.5, 1.2, 0.9, 1.1, true)] // both punctual, the rival cheaper
    [InlineData(0.5, 1.2, 0.1, 1.3, false)] // more punctual than was promised is no gain
    [InlineData(0.5, 1.2, 1.1, 1.0, false)] // cheap, and late
    [InlineData(5, 2.0, 0.5, 1.9, true)] // we are late, the rival is neither late nor dearer
    [InlineData(5, 2.0, 0.5, 2.1, false)] // punctuality has its price
    [InlineData(5, 2.0, 4, 1.9, true)] // both late, and we lose in both
    public void A_rival_dominates_by_being_punctual_and_cheaper(double ourLate, double ourCost, double rivalLate, double rivalCost, bool isDominant)
    {
        var verdict = Suite.Judge([Result("latency", ourLate, ourCost), Result("knative:1", rivalLate, rivalCost)]);

        Assert.Equal(isDominant ? ["knative:1"] : [], verdict.DominatedBy);
        Assert.Equal(ourCost < rivalCost, verdict.CheaperThanKnative);
    }

    [Theory]
    [InlineData("process", "hpa:0.7", "hpa-60:8")]
    [InlineData("node", "hpa:5.6", "hpa-60:64")]
    public void Rivals_are_set_by_a_workers_slots(string name, string first, string last)
    {
        var rivals = Suite.Rivals(SimulationProfile.All.First(p => p.Name == name));

        Assert.Equal(first, rivals[0]);
        Assert.Contains(last, rivals);
        Assert.Equal(18, rivals.Distinct().Count());
        Assert.All(rivals, static rival => Assert.NotNull(BaselineNames.Parse(rival)));
    }

    private static ContestResult Result(string policy, double late, double cost) => new(policy, "trace", "profile",
    [
        new() { Jobs = 1000, Late = (int)(10 * late), WorkerSeconds = 100 * cost, Floor = 100, ScaleOuts = 0, ScaleIns = 0, MostWorkers = 1, Seconds = 3600, Waits = [] },
    ]);
}
