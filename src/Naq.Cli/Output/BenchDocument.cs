using System.Globalization;

namespace Naq.Cli.Output;

/// <summary>One figure of <c>naq bench</c>.</summary>
/// <param name="Name">What was measured.</param>
/// <param name="Durability">How durable the broker was; null: as it is by default.</param>
/// <param name="Value">Naq's figure.</param>
/// <param name="Raw">The same by the fewest SQLite statements for the same guarantees; null: there is no such thing.</param>
/// <param name="Unit">What both are counted in.</param>
internal sealed record BenchDocument(string Name, string? Durability, double Value, double? Raw, string Unit)
{
    public static View<BenchDocument> View { get; } = new(
        DocumentJson.Default.BenchDocument,
        Cell.Text<BenchDocument>("measured", static b => b.Name),
        Cell.Text<BenchDocument>("durability", static b => b.Durability),
        new Column<BenchDocument>("naq", static b => Number(b.Value)) { IsNumber = true },
        new Column<BenchDocument>("raw sqlite", static b => b.Raw is { } raw ? Number(raw) : null) { IsNumber = true },
        Cell.Text<BenchDocument>("unit", static b => b.Unit));

    private static string Number(double value) => value.ToString(value < 100 ? "0.##" : "#,0", CultureInfo.InvariantCulture);
}
