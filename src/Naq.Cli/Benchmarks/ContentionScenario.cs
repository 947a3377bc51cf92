using Naq.Cli.Demo;

namespace Naq.Cli.Benchmarks;

/// <summary>Four worker processes that are all busy, and two producers: the longest that a producer waited for a write, and how evenly the workers were served.</summary>
internal sealed class ContentionScenario() : Scenario("contention")
{
    private const int Workers = 4;
    private const int Producers = 2;
    private const int Chunk = 100;

    public override async Task<IReadOnlyList<Sample>> RunAsync(BenchPlace place, CancellationToken ct)
    {
        var broker = await place.OpenAsync(ct).ConfigureAwait(false);
        await using (broker.ConfigureAwait(false))
        {
            var workers = await BenchWorkers.StartAsync(place, broker, Load.Plain, new(AreProcesses: true, Workers) { KeepsLedger = true }, ct).ConfigureAwait(false);
            await using (workers.ConfigureAwait(false))
            {
                var before = Tally.Read(place.Ledger).Count;
                await workers.PauseAsync(true, ct).ConfigureAwait(false);
                await Load.Plain.EnqueueManyAsync(workers.Client, 0, place.Jobs, ct).ConfigureAwait(false);
                await workers.PauseAsync(false, ct).ConfigureAwait(false);
                var longest = await Task.WhenAll(Enumerable.Range(0, Producers).Select(_ => ProduceAsync(place, ct))).ConfigureAwait(false);
                await workers.UntilIdleAsync(ct).ConfigureAwait(false);

                var runs = Tally.Read(place.Ledger).Skip(before).CountBy(static run => run.Pid).ToList();
                var least = runs.Count < Workers ? 0 : runs.Min(static worker => worker.Value) / (double)runs.Sum(static worker => worker.Value);
                return
                [
                    new("longest_write", place.Durability, FigureUnit.Milliseconds, longest.Max()),
                    new("least_share", place.Durability, FigureUnit.Percent, 100 * least),
                ];
            }
        }
    }

    /// <summary>Stores jobs, a chunk a write, over a broker of its own, as another process would; returns how long the longest write took, in milliseconds.</summary>
    private static async Task<double> ProduceAsync(BenchPlace place, CancellationToken ct)
    {
        var broker = await place.OpenAsync(ct).ConfigureAwait(false);
        await using (broker.ConfigureAwait(false))
        {
            var client = new JobClient(broker, place.Time);
            await Load.Plain.EnqueueManyAsync(client, 0, 1, ct).ConfigureAwait(false);
            var longest = TimeSpan.Zero;
            for (var stored = 0; stored < place.Jobs / Producers; stored += Chunk)
            {
                var start = place.Time.GetTimestamp();
                await Load.Plain.EnqueueManyAsync(client, stored, Chunk, ct).ConfigureAwait(false);
                var took = place.Time.GetElapsedTime(start);
                longest = took > longest ? took : longest;
            }

            return longest.TotalMilliseconds;
        }
    }
}
