namespace Naq.Cli.Benchmarks.Raw;

/// <summary>The raw engine: what the broker below Naq does for the same guarantees, with as little as possible around it.</summary>
internal sealed class RawScenario() : Scenario("raw")
{
    public override Task<IReadOnlyList<Sample>> RunAsync(BenchPlace place, CancellationToken ct) => place.MeasureRawAsync(ct);
}
