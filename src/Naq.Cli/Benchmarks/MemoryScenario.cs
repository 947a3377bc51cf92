using Naq.Brokers;
using Naq.Sqlite;

namespace Naq.Cli.Benchmarks;

/// <summary>What Naq itself costs: a worker runs jobs while they are stored, on the broker in memory, which costs least itself.</summary>
internal sealed class MemoryScenario() : Scenario("memory")
{
    /// <summary>A round is over in the blink of an eye; the runtime compiles the code of the first ones again.</summary>
    private const int WarmUps = 3;
    private const int Rounds = 5;
    private const double MostJobsPerSecond = 2_000_000;

    public override IReadOnlyList<Durability?> Durabilities { get; } = [Durability.Full];

    public override async Task<IReadOnlyList<Sample>> RunAsync(BenchPlace place, CancellationToken ct)
    {
        var broker = MemoryBroker.Open(time: place.Time);
        await using (broker.ConfigureAwait(false))
        {
            var client = new JobClient(broker, place.Time);
            var worker = BenchWorker.Start(place, broker, WorkerKind.Inside);
            await using (worker.ConfigureAwait(false))
            {
                await RunAsync(place, client, worker, WarmUps, ct).ConfigureAwait(false);
                var (start, before) = (place.Time.GetTimestamp(), GC.GetTotalAllocatedBytes(precise: true));
                await RunAsync(place, client, worker, Rounds, ct).ConfigureAwait(false);
                var jobs = Rounds * place.Jobs;
                var rate = place.Rate("memory_rate", jobs, start);
                return [rate, new("memory_bytes_per_job", place.Durability, FigureUnit.Bytes, (GC.GetTotalAllocatedBytes(precise: true) - before) / (double)jobs)];
            }
        }
    }

    private static async Task RunAsync(BenchPlace place, JobClient client, BenchWorker worker, int rounds, CancellationToken ct)
    {
        for (var round = 0; round < rounds; round++)
        {
            _ = await client.EnqueueManyAsync(BenchPlace.NoOps(place.Jobs), BenchPlace.ToQueue, ct).ConfigureAwait(false);
            await worker.UntilIdleAsync(MostJobsPerSecond, ct).ConfigureAwait(false);
        }
    }
}
