namespace Naq.Tests.Jobs;

/// <summary>The table of moves, said a second time by hand: a change must be made in both places.</summary>
public sealed class JobStatesTests
{
    private static readonly string[] Moves =
    [
        "Scheduled --Due--> Ready",
        "Scheduled --Cancel--> Cancelled",
        "Waiting --DependenciesMet--> Ready",
        "Waiting --GiveUp--> Dead",
        "Waiting --Cancel--> Cancelled",
        "Ready --Claim--> Running",
        "Ready --Cancel--> Cancelled",
        "Running --Succeed--> Succeeded",
        "Running --RunLater--> Scheduled",
        "Running --GiveUp--> Dead",
        "Running --HandBack--> Ready",
        "Running --LoseLease--> Ready",
        "Running --Cancel--> Cancelled",
        "Dead --Requeue--> Ready",
        "Cancelled --Requeue--> Ready",
    ];

    public static TheoryData<JobState, JobEvent> EveryStateAndEvent { get; } =
        [.. Enum.GetValues<JobState>().SelectMany(static state => Enum.GetValues<JobEvent>().Select(happened => (state, happened)))];

    [Theory]
    [MemberData(nameof(EveryStateAndEvent))]
    public void A_move_is_as_the_table_says_and_no_other_exists(JobState state, JobEvent happened)
    {
        var start = $"{state} --{happened}--> ";
        var expected = Moves.SingleOrDefault(move => move.StartsWith(start, StringComparison.Ordinal))?[start.Length..];

        Assert.Equal(expected, JobStates.Next(state, happened)?.ToString());
    }

    [Fact]
    public void Only_a_person_brings_an_ended_job_back()
    {
        var leaving = Enum.GetValues<JobState>().Where(JobStates.IsFinal)
            .SelectMany(static state => Enum.GetValues<JobEvent>().Where(happened => JobStates.Next(state, happened) is not null));

        Assert.All(leaving, static happened => Assert.Equal(JobEvent.Requeue, happened));
    }

    [Theory]
    [InlineData(JobState.Scheduled, "scheduled", false)]
    [InlineData(JobState.Waiting, "waiting", false)]
    [InlineData(JobState.Ready, "ready", false)]
    [InlineData(JobState.Running, "running", false)]
    [InlineData(JobState.Succeeded, "succeeded", true)]
    [InlineData(JobState.Dead, "dead", true)]
    [InlineData(JobState.Cancelled, "cancelled", true)]
    public void A_state_has_its_name_on_the_wire_and_is_final_or_not(JobState state, string name, bool isFinal)
    {
        Assert.Equal(name, state.WireName());
        Assert.Equal(isFinal, state.IsFinal());
    }
}
