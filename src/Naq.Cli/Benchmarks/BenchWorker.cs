using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Naq.Brokers;
using Naq.Cli.BuiltIns;
using Naq.Workers;

namespace Naq.Cli.Benchmarks;

/// <summary>The one worker of a measurement: in this process, or a real one.</summary>
internal abstract class BenchWorker(BenchPlace place, Broker broker) : IAsyncDisposable
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    protected BenchPlace Place { get; } = place;

    public static BenchWorker Start(BenchPlace place, Broker broker, bool isProcess) =>
        isProcess ? new WorkerOfProcess(place, broker) : new WorkerInside(place, broker);

    /// <summary>Runs some jobs first, which also waits until the worker is there.</summary>
    public async Task WarmUpAsync(JobClient client, CancellationToken ct)
    {
        _ = await client.EnqueueManyAsync(BenchPlace.NoOps(Place.WarmUp), BenchPlace.ToQueue, ct).ConfigureAwait(false);
        await UntilIdleAsync(ct).ConfigureAwait(false);
    }

    /// <summary>Waits until the queue is empty and nothing runs: every job is settled.</summary>
    /// <exception cref="TimeoutException">The worker does not come to an end.</exception>
    public async Task UntilIdleAsync(CancellationToken ct)
    {
        var start = Place.Time.GetTimestamp();
        while (await broker.Jobs.CountsAsync([BenchPlace.Queue], ct).ConfigureAwait(false) is not [{ Load: 0 }])
        {
            if (Place.Time.GetElapsedTime(start) > Patience || HasEnded)
            {
                throw new TimeoutException($"the worker of the benchmark left jobs of {Place.Jobs} undone.");
            }

            await Task.Delay(Look, Place.Time, ct).ConfigureAwait(false);
        }
    }

    public abstract ValueTask DisposeAsync();

    protected abstract bool HasEnded { get; }

    private sealed class WorkerInside : BenchWorker
    {
        private readonly ServiceProvider _provider;
        private readonly Ledger _ledger;
        private readonly Worker _worker;
        private readonly Task<WorkerExit> _running;

        public WorkerInside(BenchPlace place, Broker broker) : base(place, broker)
        {
            var services = new ServiceCollection().AddSingleton(place.Time).AddSingleton(typeof(ILogger<>), typeof(Logger<>)).AddSingleton(place.Run.Loggers);
            _ledger = Ledger.Open(place.Run.Shell);
            _ = new NaqBuilder(services.AddSingleton(_ledger)).AddHandler<NoOp, NoOpHandler>();
            _provider = services.BuildServiceProvider();
            var options = new WorkerOptions { Concurrency = BenchPlace.Slots };
            _worker = new(
                broker, new(_provider.GetServices<HandlerEntry>()), [new(BenchPlace.Queue)], options, _provider, place.Time, place.Random, place.Run.Loggers);
            _running = _worker.RunAsync();
        }

        protected override bool HasEnded => _running.IsCompleted;

        public override async ValueTask DisposeAsync()
        {
            _worker.Drain();
            _ = await _running.ConfigureAwait(false);
            _worker.Dispose();
            await _provider.DisposeAsync().ConfigureAwait(false);
            _ledger.Dispose();
        }
    }

    private sealed class WorkerOfProcess(BenchPlace place, Broker broker) : BenchWorker(place, broker)
    {
        private readonly ChildProcess _process = ChildProcess.Start(place, withLedger: false);

        protected override bool HasEnded => _process.HasEnded;

        public override ValueTask DisposeAsync() => _process.DisposeAsync();
    }
}
