using System.Globalization;

namespace Naq.Cli.Output;

/// <summary>What <c>naq demo</c> has measured.</summary>
internal sealed record DemoDocument
{
    public required int Enqueued { get; init; }

    public required int Completed { get; init; }

    public required int Lost { get; init; }

    public required int Stuck { get; init; }

    public required int Dead { get; init; }

    public required int Duplicates { get; init; }

    public required double WaitP50Ms { get; init; }

    public required double WaitP95Ms { get; init; }

    public required double WaitP99Ms { get; init; }

    public required double SloMissPercent { get; init; }

    public required double WorkerSeconds { get; init; }

    public required double WorkerSecondsStatic { get; init; }

    public required int ScaleOuts { get; init; }

    public required int ScaleIns { get; init; }

    public required int WorkersMax { get; init; }

    public static View<DemoDocument> View { get; } = new(
        DocumentJson.Default.DemoDocument,
        Cell.Number<DemoDocument>("enqueued", static d => d.Enqueued),
        Cell.Number<DemoDocument>("completed", static d => d.Completed),
        Cell.Number<DemoDocument>("lost", static d => d.Lost),
        Cell.Number<DemoDocument>("stuck", static d => d.Stuck),
        Cell.Number<DemoDocument>("dead", static d => d.Dead),
        Cell.Number<DemoDocument>("run twice", static d => d.Duplicates),
        Cell.Seconds<DemoDocument>("wait, half of the jobs", static d => d.WaitP50Ms / 1000),
        Cell.Seconds<DemoDocument>("wait, 95 %", static d => d.WaitP95Ms / 1000),
        Cell.Seconds<DemoDocument>("wait, 99 %", static d => d.WaitP99Ms / 1000),
        Cell.Text<DemoDocument>("later than the goal", static d => string.Create(CultureInfo.InvariantCulture, $"{d.SloMissPercent:0.00} %")),
        Cell.Number<DemoDocument>("worker-seconds", static d => (long)d.WorkerSeconds),
        Cell.Number<DemoDocument>("of the smallest fixed fleet", static d => (long)d.WorkerSecondsStatic),
        Cell.Number<DemoDocument>("scale-outs", static d => d.ScaleOuts),
        Cell.Number<DemoDocument>("scale-ins", static d => d.ScaleIns),
        Cell.Number<DemoDocument>("most workers", static d => d.WorkersMax));
}
