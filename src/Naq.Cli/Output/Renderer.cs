using System.Text.Json;
using Naq.Cli.Shells;
using Spectre.Console;

namespace Naq.Cli.Output;

/// <summary>Writes documents to stdout in the format that was asked for.</summary>
internal sealed class Renderer(Shell shell, OutputFormat format)
{
    public OutputFormat Format { get; } = format;

    /// <summary>Writes a single document: an object in JSON, a list of its members as a table.</summary>
    public void One<T>(View<T> view, T item)
    {
        if (Format != OutputFormat.Table)
        {
            Line(view, item);
            return;
        }

        var grid = new Grid { Expand = false }.AddColumn(new GridColumn().NoWrap()).AddColumn();
        foreach (var column in view.Columns)
        {
            grid.AddRow(new Text(column.Title), Lines(column, item));
        }

        shell.Console(shell.Out, shell.OutIsTerminal).Write(grid);
    }

    /// <summary>Writes documents: an array, one object a line, or a table.</summary>
    public async Task ManyAsync<T>(View<T> view, IAsyncEnumerable<T> items, CancellationToken ct)
    {
        switch (Format)
        {
            case OutputFormat.Ndjson:
                await foreach (var item in items.WithCancellation(ct).ConfigureAwait(false))
                {
                    Line(view, item);
                }

                break;
            case OutputFormat.Json:
                await ArrayAsync(view, items, ct).ConfigureAwait(false);
                break;
            case OutputFormat.Table:
                await TableAsync(view, items, ct).ConfigureAwait(false);
                break;
        }
    }

    /// <summary>The same for documents that are all there.</summary>
    public Task ManyAsync<T>(View<T> view, IEnumerable<T> items, CancellationToken ct) => ManyAsync(view, items.ToAsyncEnumerable(), ct);

    /// <summary>Writes one document as one line of JSON, whatever the format.</summary>
    public void Line<T>(View<T> view, T item) => shell.Out.WriteLine(JsonSerializer.Serialize(item, view.Json));

    private async Task ArrayAsync<T>(View<T> view, IAsyncEnumerable<T> items, CancellationToken ct)
    {
        var before = "[";
        await foreach (var item in items.WithCancellation(ct).ConfigureAwait(false))
        {
            await shell.Out.WriteLineAsync(before).ConfigureAwait(false);
            await shell.Out.WriteAsync("  " + JsonSerializer.Serialize(item, view.Json)).ConfigureAwait(false);
            before = ",";
        }

        await shell.Out.WriteLineAsync(before == "[" ? "[]" : Environment.NewLine + "]").ConfigureAwait(false);
    }

    private async Task TableAsync<T>(View<T> view, IAsyncEnumerable<T> items, CancellationToken ct)
    {
        var table = new Table { Border = TableBorder.Simple, ShowRowSeparators = false };
        foreach (var column in view.Columns)
        {
            var made = new TableColumn(new Text(column.Title)).NoWrap();
            table.AddColumn(column.IsNumber ? made.RightAligned() : made);
        }

        await foreach (var item in items.WithCancellation(ct).ConfigureAwait(false))
        {
            table.AddRow(view.Columns.Select(column => Value(column, item)));
        }

        shell.Console(shell.Out, shell.OutIsTerminal).Write(table);
    }

    private static Text Value<T>(Column<T> column, T item) => new(Printable.Escape(column.Text(item)));

    // A stack trace keeps its lines where it cannot be taken for another row.
    private static Text Lines<T>(Column<T> column, T item) =>
        new(string.Join('\n', (column.Text(item) ?? "").Split('\n').Select(static line => Printable.Escape(line.TrimEnd('\r')))));
}
