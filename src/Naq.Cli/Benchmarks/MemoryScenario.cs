using Naq.Brokers;

namespace Naq.Cli.Benchmarks;

/// <summary>What Naq itself costs: a worker runs jobs while they are stored, on the broker in memory, which costs least itself.</summary>
internal sealed class MemoryScenario() : Scenario("memory")
{
    /// <summary>A round is over in the blink of an eye; the runtime compiles the code of the first ones again.</summary>
    private const int WarmUps = 3;
    private const int Rounds = 5;

    public override async Task<IReadOnlyList<Sample>> RunAsync(BenchPlace place, CancellationToken ct)
    {
        var broker = MemoryBroker.Open(time: place.Time);
        await using (broker.ConfigureAwait(false))
        {
            var worker = await BenchWorkers.StartAsync(place, broker, Load.Plain, Crew.Inside, ct).ConfigureAwait(false);
            await using (worker.ConfigureAwait(false))
            {
                await RunAsync(place, worker, WarmUps, ct).ConfigureAwait(false);
                var (start, before) = (place.Time.GetTimestamp(), GC.GetTotalAllocatedBytes(precise: true));
                await RunAsync(place, worker, Rounds, ct).ConfigureAwait(false);
                var jobs = Rounds * place.Jobs;
                var rate = place.Rate("memory_rate", jobs, start);
                return [rate, new("memory_bytes_per_job", place.Durability, FigureUnit.Bytes, (GC.GetTotalAllocatedBytes(precise: true) - before) / (double)jobs)];
            }
        }
    }

    private static async Task RunAsync(BenchPlace place, BenchWorkers worker, int rounds, CancellationToken ct)
    {
        for (var round = 0; round < rounds; round++)
        {
            await Load.Plain.EnqueueManyAsync(worker.Client, 0, place.Jobs, ct).ConfigureAwait(false);
            await worker.UntilIdleAsync(ct).ConfigureAwait(false);
        }
    }
}
