using Spectre.Console.Rendering;

namespace Naq.Cli.Monitoring;

/// <summary>Keeps the lines of something as they are, and cuts them at the screen's edge; left alone, a table breaks its cells into more lines.</summary>
internal sealed class Cut(IRenderable inner) : Renderable
{
    /// <summary>Wider than any table.</summary>
    private const int Whole = 1000;

    protected override IEnumerable<Segment> Render(RenderOptions options, int maxWidth) =>
        Segment.SplitLines(inner.Render(options, Whole)).SelectMany(line => Segment.Truncate(line, maxWidth).Append(Segment.LineBreak));
}
