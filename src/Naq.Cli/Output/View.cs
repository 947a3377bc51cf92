using System.Text.Json.Serialization.Metadata;

namespace Naq.Cli.Output;

/// <summary>How a kind of document is shown: exactly as JSON, and in part as a table.</summary>
/// <param name="Json">Its JSON shape.</param>
/// <param name="Columns">Its table.</param>
internal sealed record View<T>(JsonTypeInfo<T> Json, params IReadOnlyList<Column<T>> Columns);

/// <summary>A column of a table.</summary>
/// <param name="Title">Its heading.</param>
/// <param name="Text">The cell; foreign text is escaped when it is printed.</param>
internal sealed record Column<T>(string Title, Func<T, string?> Text)
{
    /// <summary>Whether numbers line up at the right.</summary>
    public bool IsNumber { get; init; }
}
