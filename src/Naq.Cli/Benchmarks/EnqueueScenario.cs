namespace Naq.Cli.Benchmarks;

/// <summary>Jobs are stored, and nobody runs them.</summary>
/// <param name="name">What <c>--scenario</c> calls it.</param>
/// <param name="callers">How many store one job after another, each waiting for its acknowledgement; or in bulk.</param>
internal sealed class EnqueueScenario(string name, int callers) : Scenario(name)
{
    /// <summary>One caller alone is slow: it stores a tenth of the jobs.</summary>
    private const int Fewer = 10;

    public override async Task<IReadOnlyList<Sample>> RunAsync(BenchPlace place, CancellationToken ct)
    {
        var broker = await place.OpenAsync(ct).ConfigureAwait(false);
        await using (broker.ConfigureAwait(false))
        {
            var (jobs, warmUp) = callers == 1 ? (Math.Max(1, place.Jobs / Fewer), Math.Max(1, place.WarmUp / Fewer)) : (place.Jobs, place.WarmUp);
            var producers = new Callers(new JobClient(broker, place.Time), Load.Plain, callers);
            await producers.EnqueueAsync(warmUp, ct).ConfigureAwait(false);
            var start = place.Time.GetTimestamp();
            await producers.EnqueueAsync(jobs, ct).ConfigureAwait(false);
            return [Beside(place.Rate(Name, jobs, start))];
        }
    }
}
