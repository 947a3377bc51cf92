using Naq.Cluster;
using Naq.Scaling.Provisioners;

namespace Naq.Scaling.Tests.Provisioners;

/// <summary>Members are written as letters: upper case = registered, lower case = not yet, with ' = retiring.</summary>
public sealed class FleetPlanTests
{
    [Theory]
    [InlineData("", 0, 3, "", 3, "")]
    [InlineData("A B", 0, 3, "", 1, "")]
    [InlineData("A B", 0, 2, "", 0, "")]
    [InlineData("A B C", 0, 1, "B A", 0, "B A")] // as named
    [InlineData("A b C", 0, 1, "A C", 0, "b A")] // who claims nothing yet goes before
    [InlineData("A B C", 0, 1, "", 0, "C B")] // nobody named: the newest
    [InlineData("A B C", 0, 2, "X", 0, "C")] // a name that is gone
    [InlineData("A' B", 0, 2, "", 1, "")] // the successor first
    [InlineData("A' B", 1, 2, "", 0, "")] // one replacement at a time
    [InlineData("A' B c", 0, 2, "", 0, "")] // it is on its way
    [InlineData("A' B C", 0, 2, "B", 0, "A")] // it is there
    [InlineData("A' B' C", 0, 2, "", 0, "A")]
    [InlineData("A' B c D", 0, 2, "B", 0, "A")] // fewer are wanted meanwhile
    [InlineData("A' B", 0, 1, "B", 0, "A")]
    [InlineData("A'", 0, 0, "", 0, "A")] // nothing to replace
    [InlineData("A B C D E F G H", 0, 9, "", 1, "")]
    [InlineData("A B", 5, 8, "", 2, "")] // with the draining never more than the maximum of 8 and one
    [InlineData("A B", 9, 8, "", 0, "")]
    public void Plan_starts_and_stops(string members, int stopping, int desired, string victims, int start, string stop)
    {
        var plan = FleetPlan.Make([.. Words(members).Select(Parse)], stopping, desired, most: 8, Words(victims));

        Assert.Equal((start, stop), (plan.Start, string.Join(' ', plan.Stop)));
    }

    [Fact]
    public void Victims_are_the_retiring_then_the_idle_then_the_least_busy_then_the_newest()
    {
        var day = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        var workers = new[]
        {
            A.Worker("old-busy", busy: 2, startedAt: day),
            A.Worker("new-busy", busy: 2, startedAt: day.AddHours(1)),
            A.Worker("less-busy", busy: 1, startedAt: day),
            A.Worker("idle", busy: 0, startedAt: day),
            A.Worker("retiring", WorkerState.Retiring, busy: 4, startedAt: day),
            A.Worker("draining", WorkerState.Draining, busy: 0, startedAt: day),
        };

        Assert.Equal(["retiring", "idle", "less-busy", "new-busy", "old-busy"], Victims.Order(workers));
    }

    private static string[] Words(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static Member Parse(string word) => new(word.TrimEnd('\''), char.IsUpper(word[0]), word.EndsWith('\''));
}
