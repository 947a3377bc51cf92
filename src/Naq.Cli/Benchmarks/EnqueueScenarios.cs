using Naq.Cli.Benchmarks.Raw;
using Naq.Cli.BuiltIns;

namespace Naq.Cli.Benchmarks;

/// <summary>One caller stores jobs in chunks of 1000.</summary>
internal sealed class EnqueueBulkScenario() : Scenario("enqueue_bulk")
{
    public override string Beside => RawFigure.Enqueue;

    public override async Task<IReadOnlyList<Sample>> RunAsync(BenchPlace place, CancellationToken ct)
    {
        var broker = await place.OpenAsync(ct).ConfigureAwait(false);
        await using (broker.ConfigureAwait(false))
        {
            var client = new JobClient(broker, place.Time);
            _ = await client.EnqueueManyAsync(BenchPlace.NoOps(place.WarmUp), BenchPlace.ToQueue, ct).ConfigureAwait(false);
            var start = place.Time.GetTimestamp();
            _ = await client.EnqueueManyAsync(BenchPlace.NoOps(place.Jobs), BenchPlace.ToQueue, ct).ConfigureAwait(false);
            return [place.Rate(Name, place.Jobs, start, Beside)];
        }
    }
}

/// <summary>Many callers of one process store one job after another, each waiting for its acknowledgement.</summary>
internal sealed class EnqueueCallersScenario() : Scenario("enqueue_callers")
{
    public override string Beside => RawFigure.Enqueue;

    public override async Task<IReadOnlyList<Sample>> RunAsync(BenchPlace place, CancellationToken ct)
    {
        var broker = await place.OpenAsync(ct).ConfigureAwait(false);
        await using (broker.ConfigureAwait(false))
        {
            var callers = new Callers(new JobClient(broker, place.Time), CycleScenario.ManyCallers);
            await callers.EnqueueAsync(place.WarmUp, ct).ConfigureAwait(false);
            var start = place.Time.GetTimestamp();
            await callers.EnqueueAsync(place.Jobs, ct).ConfigureAwait(false);
            return [place.Rate(Name, place.Jobs, start, Beside)];
        }
    }
}

/// <summary>Producers: one that stores in bulk, or several that store one job at a time.</summary>
internal sealed class Callers(IJobClient client, int count)
{
    public Task EnqueueAsync(int jobs, CancellationToken ct) => count == 1
        ? client.EnqueueManyAsync(BenchPlace.NoOps(jobs), BenchPlace.ToQueue, ct).AsTask()
        : Task.WhenAll(Enumerable.Range(0, count).Select(caller => OneByOneAsync((jobs + caller) / count, ct)));

    private async Task OneByOneAsync(int jobs, CancellationToken ct)
    {
        for (var i = 0; i < jobs; i++)
        {
            _ = await client.EnqueueAsync(new NoOp(), BenchPlace.ToQueue, ct).ConfigureAwait(false);
        }
    }
}
