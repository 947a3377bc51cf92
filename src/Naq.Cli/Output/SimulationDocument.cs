using System.Globalization;
using Naq.Scaling.Simulation;

namespace Naq.Cli.Output;

/// <summary>What a simulated policy came to, over its seeds.</summary>
internal sealed record SimulationDocument
{
    public required string Trace { get; init; }

    public required string Profile { get; init; }

    public required string Policy { get; init; }

    public required double Jobs { get; init; }

    /// <summary>Null: not recorded, as the waits.</summary>
    public required double? LatePercent { get; init; }

    public required double? WaitP50S { get; init; }

    public required double? WaitP95S { get; init; }

    public required double? WaitP99S { get; init; }

    /// <summary>Worker-seconds over the least that any fleet needs.</summary>
    public required double CostOverFloor { get; init; }

    public required double WorkerHours { get; init; }

    public required double ActionsPerHour { get; init; }

    public required int MostWorkers { get; init; }

    public static View<SimulationDocument> View { get; } = new(
        DocumentJson.Default.SimulationDocument,
        Cell.Text<SimulationDocument>("trace", static s => s.Trace),
        Cell.Text<SimulationDocument>("profile", static s => s.Profile),
        Cell.Text<SimulationDocument>("policy", static s => s.Policy),
        Cell.Decimal<SimulationDocument>("late %", static s => s.LatePercent),
        Cell.Seconds<SimulationDocument>("wait p50", static s => s.WaitP50S),
        Cell.Seconds<SimulationDocument>("p95", static s => s.WaitP95S),
        Cell.Seconds<SimulationDocument>("p99", static s => s.WaitP99S),
        Cell.Decimal<SimulationDocument>("cost / floor", static s => s.CostOverFloor),
        Cell.Decimal<SimulationDocument>("worker-hours", static s => s.WorkerHours),
        Cell.Decimal<SimulationDocument>("actions/h", static s => s.ActionsPerHour),
        Cell.Number<SimulationDocument>("most", static s => s.MostWorkers));

    public static SimulationDocument Of(ContestResult result) => new()
    {
        Trace = result.Trace,
        Profile = result.Profile,
        Policy = result.Policy,
        Jobs = Math.Round(result.Jobs),
        LatePercent = Math.Round(result.LatePercent, 3),
        WaitP50S = Math.Round(result.Wait(0.50), 3),
        WaitP95S = Math.Round(result.Wait(0.95), 3),
        WaitP99S = Math.Round(result.Wait(0.99), 3),
        CostOverFloor = Math.Round(result.Cost, 3),
        WorkerHours = Math.Round(result.WorkerHours, 2),
        ActionsPerHour = Math.Round(result.ActionsPerHour, 1),
        MostWorkers = result.MostWorkers,
    };
}

/// <summary>The suite: all rows, and what they come to.</summary>
internal sealed record SuiteDocument
{
    public required IReadOnlyList<SimulationDocument> Rows { get; init; }

    public required IReadOnlyList<SuiteVerdict> Verdicts { get; init; }

    /// <summary>Pairs of trace and profile in which some rival is punctual and cheaper.</summary>
    public required int Dominated { get; init; }

    public required double CheaperThanKnativePercent { get; init; }

    public static View<SuiteDocument> View { get; } = new(DocumentJson.Default.SuiteDocument);

    public static SuiteDocument Of(SuiteResult result) => new()
    {
        Rows = [.. result.Results.Select(SimulationDocument.Of)],
        Verdicts = result.Verdicts,
        Dominated = result.Verdicts.Count(static v => v.DominatedBy.Count > 0),
        CheaperThanKnativePercent = Math.Round(100.0 * result.Verdicts.Count(static v => v.CheaperThanKnative) / result.Verdicts.Count, 1),
    };

    /// <summary>What the rows come to, in words.</summary>
    public IEnumerable<string> Words()
    {
        foreach (var verdict in Verdicts.Where(static v => v.DominatedBy.Count > 0))
        {
            yield return $"{verdict.Trace} ({verdict.Profile}): latency is dominated by {string.Join(", ", verdict.DominatedBy)}.";
        }

        yield return FormattableString.Invariant($"latency is dominated on {Dominated} of {Verdicts.Count} pairs of trace and profile (up to 1 % late counts as punctual), ")
            + FormattableString.Invariant($"and cheaper than Knative at full utilisation on {CheaperThanKnativePercent} % of them.");
    }

    /// <summary>A page with every row.</summary>
    public string Markdown()
    {
        string[] head =
        [
            "# The scaling suite",
            "Written by `naq simulate --suite --report FILE`: every embedded trace in every profile, means over the seeds, the same jobs for all. `latency` stands first;",
            $"the others are {Suite.RivalsInWords}.",
            "",
        ];
        var lines = head.Concat(Words()).Append("").Append("| trace | profile | policy | late % | cost / floor | actions/h | p99 wait (s) |").Append("|---|---|---|---:|---:|---:|---:|")
            .Concat(Rows.Select(static r => FormattableString.Invariant(
                $"| {r.Trace} | {r.Profile} | {r.Policy} | {r.LatePercent:0.00} | {r.CostOverFloor:0.00} | {r.ActionsPerHour:0} | {r.WaitP99S:0.0} |")));
        return string.Join('\n', lines) + "\n";
    }
}

/// <summary>A figure that differs between two results.</summary>
/// <param name="Row">Of which row.</param>
/// <param name="Figure">Its name.</param>
/// <param name="Before">In the first, as JSON.</param>
/// <param name="After">In the second, as JSON.</param>
/// <param name="Change">The second minus the first; null: one of them is no number.</param>
internal sealed record DifferenceDocument(string Row, string Figure, string Before, string After, double? Change)
{
    public static View<DifferenceDocument> View { get; } = new(
        DocumentJson.Default.DifferenceDocument,
        Cell.Text<DifferenceDocument>("row", static d => d.Row),
        Cell.Text<DifferenceDocument>("figure", static d => d.Figure),
        Cell.Text<DifferenceDocument>("before", static d => d.Before),
        Cell.Text<DifferenceDocument>("after", static d => d.After),
        Cell.Text<DifferenceDocument>("change", static d => d.Change?.ToString("+0.###;-0.###", CultureInfo.InvariantCulture)));

    public static DifferenceDocument Of(string row, string figure, string before, string after)
    {
        var areNumbers = double.TryParse(before, CultureInfo.InvariantCulture, out var first) & double.TryParse(after, CultureInfo.InvariantCulture, out var second);
        return new(row, figure, before, after, areNumbers ? Math.Round(second - first, 6) : null);
    }
}
