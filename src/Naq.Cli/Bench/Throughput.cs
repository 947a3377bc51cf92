using Microsoft.Extensions.DependencyInjection;
using Naq.Brokers;
using Naq.Cli.BuiltIns;
using Naq.Cli.Enqueueing;
using Naq.Cli.Invoking;
using Naq.Cli.Output;
using Naq.Sqlite;
using Naq.Workers;

namespace Naq.Cli.Bench;

/// <summary>How many no-op jobs a second one process enqueues, drains, and cycles, beside raw SQLite in the same run.</summary>
internal sealed class Throughput(Invocation run, string folder, Durability durability, int atLeast)
{
    /// <summary>Fits both chunks and producers.</summary>
    private const int Step = 2000;

    private const int Chunk = 1000;
    private const int Batch = 500;
    private const int Producers = 16;
    private const int Slots = 64;
    private const string Queue = "bench";

    private readonly TimeProvider _time = run.Shell.Time;
    private readonly int _jobs = (atLeast + Step - 1) / Step * Step;

    public async Task<IReadOnlyList<BenchDocument>> MeasureAsync(CancellationToken ct)
    {
        var name = durability.ToString().ToLowerInvariant();
        var path = Path.Combine(folder, $"naq-{name}.db");
        var broker = await SqliteBroker.OpenAsync(new() { Path = path, Durability = durability }, _time, run.Loggers, ct).ConfigureAwait(false);
        await using (broker.ConfigureAwait(false))
        {
            using var raw = new RawQueue(Path.Combine(folder, $"raw-{name}.db"), durability);
            var rawBulk = Rate(() => Repeat(_jobs / Chunk, () => raw.Commit(() => raw.Enqueue(Chunk))));
            var bulk = await RateAsync(() => EnqueueAsync(broker, _jobs / Chunk, Chunk, ct)).ConfigureAwait(false);
            var rawDrain = Rate(() => RawDrain(raw));
            var drain = await RateAsync(() => DrainAsync(broker, ct)).ConfigureAwait(false);
            var rawCycle = Rate(() => Repeat(_jobs / Producers, () => raw.Commit(() => RawCycle(raw))));
            var cycle = await RateAsync(() => CycleAsync(broker, ct)).ConfigureAwait(false);
            return
            [
                new("bulk enqueue", name, bulk, rawBulk, "jobs/s"),
                new("drain", name, drain, rawDrain, "jobs/s"),
                new("cycle: 16 producers, one job a call, run at once", name, cycle, rawCycle, "jobs/s"),
            ];
        }
    }

    private static void Repeat(int times, Action body)
    {
        for (var i = 0; i < times; i++)
        {
            body();
        }
    }

    private static void RawDrain(RawQueue raw)
    {
        var claimed = 1;
        while (claimed > 0)
        {
            raw.Commit(() =>
            {
                raw.Settle();
                claimed = raw.Claim(Batch);
            });
        }
    }

    private static void RawCycle(RawQueue raw)
    {
        raw.Settle();
        raw.Enqueue(Producers);
        _ = raw.Claim(Producers);
    }

    private async Task EnqueueAsync(Broker broker, int calls, int count, CancellationToken ct)
    {
        var enqueuer = new Enqueuer(broker.Jobs, _time);
        for (var call = 0; call < calls; call++)
        {
            var batch = new NewJob[count];
            for (var i = 0; i < batch.Length; i++)
            {
                batch[i] = JobAssembly.Assemble(NoOp.JobType.Name, "{}"u8.ToArray(), null, new() { Queue = Queue }, _time);
            }

            _ = await enqueuer.StoreAsync(batch, ct).ConfigureAwait(false);
        }
    }

    private async Task CycleAsync(Broker broker, CancellationToken ct)
    {
        var draining = DrainAsync(broker, ct, until: _jobs);
        await Task.WhenAll(Enumerable.Range(0, Producers).Select(_ => EnqueueAsync(broker, _jobs / Producers, 1, ct))).ConfigureAwait(false);
        await draining.ConfigureAwait(false);
    }

    /// <summary>Runs a worker until nothing is left, or until so many jobs have ended.</summary>
    private async Task DrainAsync(Broker broker, CancellationToken ct, int until = 0)
    {
        var services = new ServiceCollection().AddSingleton(_time);
        using var ledger = Ledger.Open(run.Shell);
        BuiltInJobs.AddTo(new NaqBuilder(services), ledger, ExecPolicy.Of([], run.Shell));
        var provider = services.BuildServiceProvider();
        await using (provider.ConfigureAwait(false))
        {
            var handlers = new HandlerTable(provider.GetServices<HandlerEntry>());
            var options = new WorkerOptions { Concurrency = Slots };
            using var worker = new Worker(broker, handlers, [new(Queue)], options, provider, _time, run.Shell.Random, run.Loggers);
            var ended = worker.RunAsync();
            var before = await CompletedAsync(broker, ct).ConfigureAwait(false);
            for (var seen = 0L; !await IsDoneAsync(broker, before, until, ct).ConfigureAwait(false);)
            {
                seen = await broker.Jobs.WaitForChangeAsync(seen, ct).ConfigureAwait(false);
            }

            worker.Drain();
            _ = await ended.ConfigureAwait(false);
        }
    }

    private static async ValueTask<bool> IsDoneAsync(Broker broker, long before, int until, CancellationToken ct)
    {
        var counts = await CountsAsync(broker, ct).ConfigureAwait(false);
        return counts.Load == 0 && counts.CompletedTotal - before >= until;
    }

    private static async ValueTask<long> CompletedAsync(Broker broker, CancellationToken ct) =>
        (await CountsAsync(broker, ct).ConfigureAwait(false)).CompletedTotal;

    private static async ValueTask<QueueCounts> CountsAsync(Broker broker, CancellationToken ct) =>
        await broker.Jobs.CountsAsync([Queue], ct).ConfigureAwait(false) is [var counts, ..] ? counts : new(Queue);

    private double Rate(Action body)
    {
        var start = _time.GetTimestamp();
        body();
        return _jobs / _time.GetElapsedTime(start).TotalSeconds;
    }

    private async Task<double> RateAsync(Func<Task> body)
    {
        var start = _time.GetTimestamp();
        await body().ConfigureAwait(false);
        return _jobs / _time.GetElapsedTime(start).TotalSeconds;
    }
}
