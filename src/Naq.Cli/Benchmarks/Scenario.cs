using Naq.Sqlite;

namespace Naq.Cli.Benchmarks;

/// <summary>What a figure counts.</summary>
internal enum FigureUnit
{
    JobsPerSecond,
    Milliseconds,
    PercentOfCore,
    Megabytes,
    CallsPerSecond,
    Bytes,
    Percent,
}

/// <summary>One measured value.</summary>
/// <param name="Figure">Which figure it belongs to; the same name in every run.</param>
/// <param name="Durability">What an acknowledgement survived meanwhile; null: what the server was configured for.</param>
/// <param name="Unit">What it counts.</param>
/// <param name="Value">The value.</param>
internal sealed record Sample(string Figure, Durability? Durability, FigureUnit Unit, double Value)
{
    /// <summary>The raw engine's figure of the same run and durability that it is compared with; null: there is none.</summary>
    public string? Raw { get; init; }

    /// <summary>Naq's own figure of the same run and durability that differs in the one thing that is measured; null: there is none.</summary>
    public string? Plain { get; init; }
}

/// <summary>One thing that <c>naq bench</c> measures.</summary>
/// <param name="name">What <c>--scenario</c> calls it.</param>
internal abstract class Scenario(string name)
{
    public string Name { get; } = name;

    /// <summary>The raw engine's figure that it is compared with; null: there is none.</summary>
    public string? Raw { get; init; }

    /// <summary>The scenario that differs in the one thing that is measured, and whose figure it is compared with; null: there is none.</summary>
    public string? Plain { get; init; }

    /// <summary>Whether it is left out where nobody names it.</summary>
    public bool IsOnlyNamed { get; init; }

    /// <summary>At which durabilities it is measured on SQLite: at all there are, unless it says otherwise.</summary>
    public IReadOnlyList<Durability?> Durabilities { get; init; } = [.. Enum.GetValues<Durability>().Cast<Durability?>()];

    /// <summary>Measures once, on a broker of its own.</summary>
    public abstract Task<IReadOnlyList<Sample>> RunAsync(BenchPlace place, CancellationToken ct);

    /// <summary>A figure beside what this scenario is compared with.</summary>
    protected Sample Beside(Sample sample) => sample with { Raw = Raw, Plain = Plain };
}
