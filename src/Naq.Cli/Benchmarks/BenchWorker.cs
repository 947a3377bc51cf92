using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Naq.Brokers;
using Naq.Cli.BuiltIns;
using Naq.Workers;

namespace Naq.Cli.Benchmarks;

/// <summary>Where the worker of a measurement is, and what its handlers do.</summary>
internal enum WorkerKind
{
    /// <summary>In this process.</summary>
    Inside,

    /// <summary>In this process; its handlers answer with a result.</summary>
    WithResults,

    /// <summary>A real <c>naq worker</c>.</summary>
    Process,
}

/// <summary>The one worker of a measurement: in this process, or a real one.</summary>
internal abstract class BenchWorker(BenchPlace place, Broker broker) : IAsyncDisposable
{
    private const double MostJobsPerSecond = 200_000;
    private static readonly TimeSpan SoonestLook = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    protected BenchPlace Place { get; } = place;

    public static BenchWorker Start(BenchPlace place, Broker broker, WorkerKind kind) => kind switch
    {
        WorkerKind.Inside => new WorkerInside(place, broker, static naq => naq.AddHandler<NoOp, NoOpHandler>()),
        WorkerKind.WithResults => new WorkerInside(place, broker, static naq => naq.AddHandler<NoOp, ResultHandler>()),
        WorkerKind.Process => new WorkerOfProcess(place, broker),
    };

    /// <summary>Runs some jobs first, which also waits until the worker is there.</summary>
    public async Task WarmUpAsync(JobClient client, CancellationToken ct)
    {
        _ = await client.EnqueueManyAsync(BenchPlace.NoOps(Place.WarmUp), BenchPlace.ToQueue, ct).ConfigureAwait(false);
        await UntilIdleAsync(ct).ConfigureAwait(false);
    }

    /// <summary>Waits until the queue is empty and nothing runs: every job is settled.</summary>
    /// <exception cref="TimeoutException">The worker does not come to an end.</exception>
    public Task UntilIdleAsync(CancellationToken ct) => UntilIdleAsync(MostJobsPerSecond, ct);

    /// <summary>The same of an engine that runs at most so many jobs a second.</summary>
    public async Task UntilIdleAsync(double mostJobsPerSecond, CancellationToken ct)
    {
        var start = Place.Time.GetTimestamp();
        while (await LoadAsync(ct).ConfigureAwait(false) is var load and > 0)
        {
            if (Place.Time.GetElapsedTime(start) > Patience || HasEnded)
            {
                throw new TimeoutException($"the worker of the benchmark left jobs of {Place.Jobs} undone.");
            }

            // A look takes time from what is looked at: none while even the fastest engine could not be done.
            var pause = TimeSpan.FromSeconds(load / mostJobsPerSecond);
            await Task.Delay(pause > SoonestLook ? pause : SoonestLook, Place.Time, ct).ConfigureAwait(false);
        }
    }

    public abstract ValueTask DisposeAsync();

    protected abstract bool HasEnded { get; }

    /// <summary>What is left; a queue that nobody has made yet counts, too.</summary>
    private async ValueTask<long> LoadAsync(CancellationToken ct) =>
        await broker.Jobs.CountsAsync([BenchPlace.Queue], ct).ConfigureAwait(false) is [var queue] ? queue.Load : 1;

    private sealed class ResultHandler : IJobHandler<NoOp>
    {
        private static readonly byte[] Result = "{}"u8.ToArray();

        public ValueTask<JobOutcome> HandleAsync(NoOp job, JobContext context, CancellationToken ct) => new(JobOutcome.DoneWith(Result));
    }

    private sealed class WorkerInside : BenchWorker
    {
        private readonly ServiceProvider _provider;
        private readonly Ledger _ledger;
        private readonly Worker _worker;
        private readonly Task<WorkerExit> _running;

        public WorkerInside(BenchPlace place, Broker broker, Action<NaqBuilder> addHandler) : base(place, broker)
        {
            var services = new ServiceCollection().AddSingleton(place.Time).AddSingleton(typeof(ILogger<>), typeof(Logger<>)).AddSingleton(place.Run.Loggers);
            _ledger = Ledger.Open(place.Run.Shell);
            addHandler(new(services.AddSingleton(_ledger)));
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
