using System.Globalization;
using System.Text;

/// <summary>Draws bars: what is drained a second, and the median latency, grouped by what an acknowledged job survives.</summary>
internal static class Chart
{
    private const int LineHeight = 22;
    private const int Left = 300;
    private const int BarWidth = 215;
    private const int Second = 620;
    private const int Width = 890;

    public static string Of(IReadOnlyList<Row> rows, int slots)
    {
        var measured = rows.Where(static row => row.Runs.Count > 0).ToList();
        var (drain, latency) = (measured.Max(static row => row.Median(static m => m.Drain)!.Value), measured.Max(static row => row.Median(static m => m.P50)!.Value));
        var (body, y) = (new StringBuilder(), 66);
        foreach (var group in measured.GroupBy(static row => row.Peer.Durability))
        {
            Text(body, 12, y, Page.ClassOf(group.Key), "font-weight=\"bold\"");
            y += LineHeight;
            foreach (var row in group)
            {
                var name = $"{Page.Name(row.Peer)}, {row.Peer.Storage.Replace("`", "", StringComparison.Ordinal)}";
                Text(body, Left - 8, y, name, "text-anchor=\"end\"");
                Bar(body, Left, y, row.Median(static m => m.Drain)!.Value, drain, "#,0", row.Peer);
                Bar(body, Second, y, row.Median(static m => m.P50)!.Value, latency, "0.0", row.Peer);
                y += LineHeight;
            }

            y += LineHeight / 3;
        }

        return $"""
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {Width} {y}" font-family="system-ui, sans-serif" font-size="13" fill="#222">
            <rect width="{Width}" height="{y}" fill="#fff"/>
            <text x="{Left}" y="26" font-size="15">jobs drained a second, {slots} slots</text>
            <text x="{Second}" y="26" font-size="15">enqueue → handler, p50 ms</text>
            <text x="{Left}" y="44" fill="#666">longer is better</text>
            <text x="{Second}" y="44" fill="#666">shorter is better</text>
            {body}</svg>

            """;
    }

    private static void Bar(StringBuilder body, int x, int y, double value, double most, string format, Peer peer)
    {
        var width = Math.Max(1, value / most * BarWidth);
        body.AppendLine(CultureInfo.InvariantCulture, $"<rect x=\"{x}\" y=\"{y - 12}\" width=\"{width:0.#}\" height=\"15\" fill=\"{(peer.Library is Library.Naq ? "#2266cc" : "#aab4c0")}\"/>");
        Text(body, x + (int)width + 5, y, value.ToString(format, CultureInfo.InvariantCulture));
    }

    private static void Text(StringBuilder body, int x, int y, string text, string more = "") =>
        body.AppendLine(CultureInfo.InvariantCulture, $"<text x=\"{x}\" y=\"{y}\"{(more.Length > 0 ? " " : "")}{more}>{text}</text>");
}
