using Naq.Brokers;
using Naq.Cli.Benchmarks.Raw;
using Naq.Sqlite;

namespace Naq.Cli.Benchmarks;

/// <summary>A worker runs jobs that were all stored before.</summary>
internal sealed class DrainScenario(string name, bool isProcess) : Scenario(name)
{
    public override string Beside => RawFigure.Drain;

    public override IReadOnlyList<Durability?> Durabilities => isProcess ? [Durability.Full] : base.Durabilities;

    public override async Task<IReadOnlyList<Sample>> RunAsync(BenchPlace place, CancellationToken ct)
    {
        var broker = await place.OpenAsync(ct).ConfigureAwait(false);
        await using (broker.ConfigureAwait(false))
        {
            var client = new JobClient(broker, place.Time);
            var worker = BenchWorker.Start(place, broker, isProcess ? WorkerKind.Process : WorkerKind.Inside);
            await using (worker.ConfigureAwait(false))
            {
                await worker.WarmUpAsync(client, ct).ConfigureAwait(false);
                await broker.Jobs.SetQueueAsync(BenchPlace.Queue, new QueueChange { IsPaused = true }, ct).ConfigureAwait(false);
                _ = await client.EnqueueManyAsync(BenchPlace.NoOps(place.Jobs), BenchPlace.ToQueue, ct).ConfigureAwait(false);

                // Until the worker learns of the pause it may run some of them.
                var jobs = (await broker.Jobs.CountsAsync([BenchPlace.Queue], ct).ConfigureAwait(false))[0].Load;
                var start = place.Time.GetTimestamp();
                await broker.Jobs.SetQueueAsync(BenchPlace.Queue, new QueueChange { IsPaused = false }, ct).ConfigureAwait(false);
                await worker.UntilIdleAsync(ct).ConfigureAwait(false);
                return [place.Rate(Name, jobs, start, Beside)];
            }
        }
    }
}

/// <summary>A worker runs jobs while they are stored.</summary>
internal sealed class CycleScenario(string name, WorkerKind worker, int callers) : Scenario(name)
{
    public const int ManyCallers = 64;

    public override string Beside => worker == WorkerKind.WithResults ? RawFigure.CycleResults : RawFigure.Cycle;

    public override IReadOnlyList<Durability?> Durabilities => worker == WorkerKind.Process ? [Durability.Full] : base.Durabilities;

    public override async Task<IReadOnlyList<Sample>> RunAsync(BenchPlace place, CancellationToken ct)
    {
        var broker = await place.OpenAsync(ct).ConfigureAwait(false);
        await using (broker.ConfigureAwait(false))
        {
            var client = new JobClient(broker, place.Time);
            var running = BenchWorker.Start(place, broker, worker);
            await using (running.ConfigureAwait(false))
            {
                await running.WarmUpAsync(client, ct).ConfigureAwait(false);
                var start = place.Time.GetTimestamp();
                await new Callers(client, callers).EnqueueAsync(place.Jobs, ct).ConfigureAwait(false);
                await running.UntilIdleAsync(ct).ConfigureAwait(false);
                return [place.Rate(Name, place.Jobs, start, Beside)];
            }
        }
    }
}
