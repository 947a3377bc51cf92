using System.Globalization;
using Naq.Cli.Output;
using Naq.Cli.Shells;
using Naq.Scaling.Decisions;
using Spectre.Console;

namespace Naq.Cli.Demo;

/// <summary>Shows the demo on stderr: a picture that changes on a terminal, a line every few seconds elsewhere.</summary>
internal sealed class DemoView(Shell shell, DemoScene scene, int slots)
{
    private const int Width = 40;

    private static readonly TimeSpan Refresh = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Line = TimeSpan.FromSeconds(3);

    /// <summary>Shows until <paramref name="ended"/>.</summary>
    public Task RunAsync(CancellationToken ended) => shell.ErrorIsTerminal ? LiveAsync(ended) : LinesAsync(ended);

    private async Task LiveAsync(CancellationToken ended)
    {
        var live = shell.Console(shell.Error, isTerminal: true).Live(Picture(scene.Frame)).AutoClear(false);
        await live.StartAsync(async context =>
        {
            while (!await EndedAsync(Refresh, ended).ConfigureAwait(false))
            {
                context.UpdateTarget(Picture(scene.Frame));
            }

            context.UpdateTarget(Picture(scene.Frame));
        }).ConfigureAwait(false);
    }

    private async Task LinesAsync(CancellationToken ended)
    {
        while (!await EndedAsync(Line, ended).ConfigureAwait(false))
        {
            var frame = scene.Frame;
            var last = frame.Changes is [var change, ..] ? DecisionText.Explain(change) : "";
            await shell.Error.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture,
                $"{frame.Elapsed.TotalSeconds,4:0} s  {frame.ArrivalsPerSecond,4:0} jobs/s  backlog {frame.Queue.Ready,5}  oldest {Age(frame)}  workers {frame.Fleet?.Alive ?? 0}  {last}"))
                .ConfigureAwait(false);
        }
    }

    private async ValueTask<bool> EndedAsync(TimeSpan wait, CancellationToken ended)
    {
        await Task.Delay(wait, shell.Time, ended).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return ended.IsCancellationRequested;
    }

    private Rows Picture(DemoFrame frame)
    {
        var fleet = frame.Fleet;
        var numbers = new Grid().AddColumn(new GridColumn().NoWrap()).AddColumn(new GridColumn().NoWrap().RightAligned()).AddColumn();
        void Row(string name, string value, string more) => numbers.AddRow(new Text(name), new Text(value), new Text(more));

        Row("time", Cell.Duration(frame.Elapsed.TotalSeconds), "");
        Row("arrivals", $"{frame.ArrivalsPerSecond:0}/s", Bar(frame.ArrivalsPerSecond / 800));
        Row("enqueued", $"{frame.Enqueued}", "");
        Row("backlog", $"{frame.Queue.Ready}", Bar(frame.Queue.Ready / 1000.0));
        Row("oldest job", Age(frame), "");
        Row("workers", $"{fleet?.Alive ?? 0}", Workers(fleet));
        Row("busy slots", $"{frame.Queue.InFlight}", Bar((double)frame.Queue.InFlight / Math.Max(1, (fleet?.Ready ?? 0) * slots)));
        return new Rows([numbers, new Text("last decisions"), .. frame.Changes.Select(Change)]);
    }

    private static Text Change(Decision decision) => new("  " + Printable.Escape(DecisionText.Explain(decision)));

    private static string Workers(Scaling.Observation.Fleet? fleet) => fleet is null
        ? ""
        : $"{fleet.Ready} running, {fleet.Starting} starting, {fleet.Quiet} quiet, {fleet.Retiring} retiring, {fleet.Draining} draining";

    private static string Age(DemoFrame frame) => Cell.Duration(frame.Queue.OldestAge?.TotalSeconds ?? 0);

    private static string Bar(double share) => new('█', (int)(Math.Clamp(share, 0, 1) * Width));
}
