using System.Text;

namespace Naq.Tests.Jobs;

public sealed class StateDiagramTests
{
    [Fact]
    public void The_diagram_in_the_docs_is_the_state_machine() => Repository.AssertSame("docs/design/state-machine.md", Draw());

    private static string Draw()
    {
        var text = new StringBuilder("""
            # The life of a job
            Drawn from `JobStates` (`src/Naq/Jobs/JobState.cs`) by `StateDiagramTests`; do not edit by hand.

            ```mermaid
            stateDiagram-v2
                [*] --> scheduled
                [*] --> waiting
                [*] --> ready

            """);
        foreach (var state in Enum.GetValues<JobState>())
        {
            foreach (var happened in Enum.GetValues<JobEvent>())
            {
                if (JobStates.Next(state, happened) is { } next)
                {
                    _ = text.Append($"    {state.WireName()} --> {next.WireName()}: {Words(happened)}\n");
                }
            }
        }

        return text.Append("```\n").ToString();
    }

    /// <summary><c>LoseLease</c> → <c>lose lease</c>.</summary>
    private static string Words(JobEvent happened) =>
        string.Concat(happened.ToString().Select(static c => char.IsUpper(c) ? $" {char.ToLowerInvariant(c)}" : $"{c}")).Trim();
}
