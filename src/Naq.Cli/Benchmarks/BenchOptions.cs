namespace Naq.Cli.Benchmarks;

/// <summary>What to measure, and how much of it.</summary>
internal sealed record BenchOptions
{
    public required IReadOnlyList<Scenario> Scenarios { get; init; }

    public int Jobs { get; init; } = 50_000;

    public int Runs { get; init; } = 3;

    public int Seed { get; init; } = 1998;
}
