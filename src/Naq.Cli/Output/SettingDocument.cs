namespace Naq.Cli.Output;

/// <summary>A setting, as <c>naq config show</c> prints it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Value">Its value; null: none.</param>
/// <param name="Origin"><c>flag</c>, <c>environment</c>, <c>file</c> or <c>default</c>.</param>
/// <param name="Source">The option, variable or file; of a default, what would change it.</param>
internal sealed record SettingDocument(string Name, string? Value, string Origin, string Source)
{
    private static readonly Column<SettingDocument>[] Columns =
    [
        Cell.Text<SettingDocument>("setting", static s => s.Name),
        Cell.Text<SettingDocument>("value", static s => s.Value ?? "-"),
    ];

    public static View<SettingDocument> View { get; } = new(DocumentJson.Default.SettingDocument, Columns);

    public static View<SettingDocument> WithOrigin { get; } = new(
        DocumentJson.Default.SettingDocument,
        [.. Columns, Cell.Text<SettingDocument>("from", static s => s.Origin), Cell.Text<SettingDocument>("by", static s => s.Source)]);
}
