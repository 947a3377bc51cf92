using System.Globalization;
using Naq.Cli.Output;
using Naq.Cli.Parsing;
using Naq.Cluster;
using Naq.Scaling.Decisions;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Naq.Cli.Monitoring;

/// <summary>A frame as a person reads it. Whatever others have named is escaped.</summary>
/// <param name="address">The broker that is read.</param>
/// <param name="interval">How often.</param>
/// <param name="named">The queues that somebody wants to see; empty: all.</param>
internal sealed class MonitorPicture(string address, TimeSpan interval, IReadOnlyList<string> named)
{
    /// <summary>Fewer say nothing.</summary>
    private const int LeastSamples = 8;

    private const int DeadColumn = 4;

    private static readonly Style Strong = new(decoration: Decoration.Bold);
    private static readonly Style Faint = new(decoration: Decoration.Dim);
    private static readonly Style Alarm = new(Color.Red);

    /// <summary>The lines that always stay.</summary>
    public Rows Head(MonitorFrame frame, bool isPaused)
    {
        var read = frame.ReadAt is { } at ? $"read at {Clock(at)}" : "not read yet";
        var lines = new List<IRenderable>
        {
            Line($"naq monitor  {address}  {read}  every {Cell.Duration(interval.TotalSeconds)}{(isPaused ? "  PAUSED" : "")}", Strong),
        };
        if (frame.Fault is { } fault)
        {
            lines.Add(Line($"cannot be read since {Clock(fault.Since)}: {fault.Reason}", Alarm));
        }

        var missing = named.Where(name => Names.IsName(name) && frame.Queues.All(queue => queue.Counts.Queue != name)).ToList();
        if (frame.ReadAt is not null && missing.Count > 0)
        {
            lines.Add(Line($"no such queue yet: {string.Join(", ", missing)}", Faint));
        }

        return new(lines);
    }

    /// <summary>The lines that scroll.</summary>
    public static Rows Body(MonitorFrame frame, MonitorSight sight, int width) => frame.ReadAt is null ? new() : new(sight switch
    {
        MonitorSight.All => [Queues(frame, width), Line(" "), Workers(frame), Line(" "), .. Decisions(frame, 1)],
        MonitorSight.Queues => [Queues(frame, width)],
        MonitorSight.Workers => [Workers(frame)],
        MonitorSight.Decisions => [.. Decisions(frame, int.MaxValue)],
    });

    /// <summary>The last line.</summary>
    public static IRenderable Foot(int more) =>
        Line($"q quit  p pause  tab next view  up/down scroll{(more > 0 ? $"  ({more} lines below)" : "")}", Faint);

    private static Rows Queues(MonitorFrame frame, int width)
    {
        (string Title, bool IsNumber)[] columns =
        [
            ("queue", false), ("ready", true), ("scheduled", true), ("in flight", true), ("dead", true), ("in/s", true), ("done/s", true), ("oldest", true), ("peak", true),
        ];
        var rows = frame.Queues.Select(static queue => (Queue: queue, Cells: CellsOf(queue))).ToList();
        var taken = columns.Select((column, i) => 1 + rows.Select(row => row.Cells[i].Length).Append(column.Title.Length).Max()).Sum();
        var room = Math.Min(width - taken, MonitorModel.Samples);
        var table = Empty(room < LeastSamples ? columns : [.. columns, ("age of the oldest", false)]);
        foreach (var (queue, cells) in rows)
        {
            var texts = cells.Select((cell, i) => Line(cell, i == DeadColumn && queue.Counts.Dead > 0 ? Alarm : Style.Plain));
            _ = table.AddRow(room < LeastSamples ? texts : texts.Append(Line(Sparkline.Of(queue.Ages.AsSpan()[Math.Max(0, queue.Ages.Length - room)..]))));
        }

        return new(Line($"queues ({rows.Count})", Strong), new Cut(table));
    }

    private static string[] CellsOf(QueueFrame queue)
    {
        var counts = queue.Counts;
        return
        [
            Printable.Escape(counts.IsPaused ? $"{counts.Queue} (paused)" : counts.Queue),
            Number(counts.Ready),
            Number(counts.Scheduled),
            Number(counts.InFlight),
            Number(counts.Dead),
            Rate(queue.EnqueuedPerSecond),
            Rate(queue.CompletedPerSecond),
            queue.OldestSeconds is { } age ? Cell.Duration(age) : "-",
            Cell.Duration(queue.PeakSeconds),
        ];
    }

    private static Rows Workers(MonitorFrame frame)
    {
        var workers = frame.Workers;
        var table = Empty(
            ("worker", false), ("state", false), ("pool", false), ("busy", true), ("succeeded", true), ("failed", true), ("memory", true), ("queues", false));
        foreach (var worker in workers)
        {
            _ = table.AddRow(
                Line(worker.Name),
                Line(Choice.NameOf(worker.State), worker.State == WorkerState.Running ? Style.Plain : Strong),
                Line(worker.Pool),
                Line($"{worker.Busy}/{worker.Concurrency}"),
                Line(Number(worker.Succeeded)),
                Line(Number(worker.Failed)),
                Line(worker.MemoryBytes > 0 ? string.Create(CultureInfo.InvariantCulture, $"{worker.MemoryBytes / 1e6:0} MB") : "-"),
                Line(string.Join(' ', worker.Queues)));
        }

        var busy = $"{workers.Sum(static w => w.Busy)} of {workers.Sum(static w => w.Concurrency)} slots busy";
        return new(Line($"workers ({workers.Count}, {busy})", Strong), new Cut(table));
    }

    private static IEnumerable<IRenderable> Decisions(MonitorFrame frame, int each) =>
        frame.Pools.SelectMany(pool => pool.Decisions.Take(each).Select(Said).Prepend(Line(
            $"pool {pool.Pool}: {frame.WorkersOf(pool.Pool)} workers, {pool.Desired?.ToString(CultureInfo.InvariantCulture) ?? "?"} wanted", Strong)));

    private static IRenderable Said(Decision decision) => Line($"  {Clock(decision.DecidedAt)}  {DecisionText.Explain(decision)}");

    private static Table Empty(params ReadOnlySpan<(string Title, bool IsNumber)> columns)
    {
        var table = new Table { Border = TableBorder.None, ShowRowSeparators = false };
        foreach (var (name, isNumber) in columns)
        {
            var column = new TableColumn(Line(name, Faint)).NoWrap();
            _ = table.AddColumn(isNumber ? column.RightAligned() : column);
        }

        return table;
    }

    private static Text Line(string? text, Style? style = null) => new(Printable.Escape(text), style ?? Style.Plain);

    private static string Clock(DateTimeOffset at) => at.UtcDateTime.ToString("HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Rate(double? perSecond) => perSecond?.ToString(perSecond < 10 ? "0.0" : "0", CultureInfo.InvariantCulture) ?? "-";
}
