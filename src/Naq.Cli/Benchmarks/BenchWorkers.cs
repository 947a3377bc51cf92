using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Naq.Brokers;
using Naq.Cli.BuiltIns;
using Naq.Cluster;
using Naq.Workers;

namespace Naq.Cli.Benchmarks;

/// <summary>Which workers a measurement has.</summary>
/// <param name="AreProcesses">Real <c>naq worker</c> processes, or workers in this process.</param>
/// <param name="Count">How many.</param>
internal sealed record Crew(bool AreProcesses, int Count = 1)
{
    public static Crew Inside { get; } = new(AreProcesses: false);

    public static Crew Process { get; } = new(AreProcesses: true);

    /// <summary>Whether processes write down what they run.</summary>
    public bool KeepsLedger { get; init; }
}

/// <summary>The workers of a measurement: in this process, or real ones.</summary>
internal abstract class BenchWorkers(BenchPlace place, Broker broker, Load load, Crew crew) : IAsyncDisposable
{
    /// <summary>So many jobs may have begun and not be settled when somebody looks.</summary>
    private const int Unsettled = 512;

    /// <summary>After so many pauses in which no job has begun, it is time to look.</summary>
    private const int Quiet = 10;

    private static readonly TimeSpan SoonestLook = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    /// <summary>Stores the jobs of their load.</summary>
    public abstract IJobClient Client { get; }

    protected abstract bool HasEnded { get; }

    /// <summary>How many attempts have begun; null: that is not seen from here.</summary>
    protected virtual long? Begun => null;

    /// <summary>Starts the workers and has them run some jobs, so that what is timed is there and compiled.</summary>
    public static async Task<BenchWorkers> StartAsync(BenchPlace place, Broker broker, Load load, Crew crew, CancellationToken ct)
    {
        BenchWorkers workers = crew.AreProcesses ? new OfProcesses(place, broker, load, crew) : new WorkersInside(place, broker, load, crew);
        try
        {
            await workers.UntilThereAsync(ct).ConfigureAwait(false);
            var jobs = Math.Max(crew.Count * place.WarmUp, load.Queues.Count);
            await load.EnqueueManyAsync(workers.Client, -jobs, jobs, ct).ConfigureAwait(false);
            await workers.UntilIdleAsync(ct).ConfigureAwait(false);
            return workers;
        }
        catch
        {
            await workers.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Has the workers leave the queues alone, or not any more.</summary>
    public Task PauseAsync(bool isPaused, CancellationToken ct) =>
        Task.WhenAll(load.Queues.Select(queue => broker.Jobs.SetQueueAsync(queue, new() { IsPaused = isPaused }, ct).AsTask()));

    /// <summary>What is left to do; a queue that nobody has made yet counts, too.</summary>
    public async ValueTask<long> LeftAsync(CancellationToken ct)
    {
        var queues = await broker.Jobs.CountsAsync(load.Queues, ct).ConfigureAwait(false);
        return queues.Count < load.Queues.Count ? 1 : queues.Sum(static queue => queue.Ready + queue.InFlight + queue.Scheduled);
    }

    /// <summary>Waits until the queues are empty and nothing runs: every job is settled.</summary>
    /// <exception cref="TimeoutException">The workers do not come to an end.</exception>
    public Task UntilIdleAsync(CancellationToken ct) => UntilLeftAsync(0, ct);

    /// <summary>Waits until at most so many are left; returns how many are left then.</summary>
    /// <exception cref="TimeoutException">The workers do not come so far.</exception>
    public async Task<long> UntilLeftAsync(long most, CancellationToken ct)
    {
        var (start, first) = (place.Time.GetTimestamp(), (long?)null);
        while (true)
        {
            var begun = Begun;
            var left = await LeftAsync(ct).ConfigureAwait(false);
            if (left <= most)
            {
                return left;
            }

            if (place.Time.GetElapsedTime(start) > Patience || HasEnded)
            {
                throw new TimeoutException($"the workers of the benchmark left {left} jobs undone.");
            }

            // A look takes time from what is looked at: none before what is left could be done at twice the pace seen so far, or while workers of this process
            // have not begun so many. The pace of a slow beginning says little: no pause is longer than a quarter of the time so far.
            first ??= left;
            var elapsed = place.Time.GetElapsedTime(start);
            var pause = left < first ? elapsed * Math.Min(0.25, (left - most) / (2.0 * (first.Value - left))) : SoonestLook;
            await Task.Delay(pause > SoonestLook ? pause : SoonestLook, place.Time, ct).ConfigureAwait(false);
            for (var (last, quiet) = (Begun, 0); quiet < Quiet && Begun - begun < left - most - Unsettled; (last, quiet) = (Begun, Begun == last ? quiet + 1 : 0))
            {
                await Task.Delay(SoonestLook, place.Time, ct).ConfigureAwait(false);
            }
        }
    }

    public abstract ValueTask DisposeAsync();

    private async Task UntilThereAsync(CancellationToken ct)
    {
        var start = place.Time.GetTimestamp();
        while ((await WorkerRegistry.ListAsync(broker.Cluster, ct).ConfigureAwait(false)).Count(static worker => worker.State == WorkerState.Running) < crew.Count)
        {
            if (place.Time.GetElapsedTime(start) > StartScenario.Patience || HasEnded)
            {
                throw new TimeoutException("the workers of the benchmark did not start.");
            }

            await Task.Delay(SoonestLook, place.Time, ct).ConfigureAwait(false);
        }
    }

    private sealed class WorkersInside : BenchWorkers
    {
        private readonly ServiceProvider _provider;
        private readonly Ledger _ledger;
        private readonly Worker[] _workers;
        private readonly Task<WorkerExit>[] _running;

        public WorkersInside(BenchPlace place, Broker broker, Load load, Crew crew) : base(place, broker, load, crew)
        {
            _ledger = Ledger.Open(place.Run.Shell);
            var services = new ServiceCollection()
                .AddSingleton(place.Time)
                .AddSingleton(typeof(ILogger<>), typeof(Logger<>))
                .AddSingleton(place.Run.Loggers)
                .AddSingleton(_ledger);
            load.AddTo(new(services));
            _provider = services.BuildServiceProvider();
            Client = new JobClient(broker, place.Time, _provider);
            _workers = [.. Enumerable.Range(0, crew.Count).Select(_ => Make(place, broker, load))];
            _running = Array.ConvertAll(_workers, static worker => worker.RunAsync());
        }

        public override IJobClient Client { get; }

        protected override long? Begun => _workers.Sum(static worker => worker.StartedTotal);

        protected override bool HasEnded => _running.Any(static worker => worker.IsCompleted);

        public override async ValueTask DisposeAsync()
        {
            Array.ForEach(_workers, static worker => worker.Drain());
            _ = await Task.WhenAll(_running).ConfigureAwait(false);
            Array.ForEach(_workers, static worker => worker.Dispose());
            await _provider.DisposeAsync().ConfigureAwait(false);
            _ledger.Dispose();
        }

        private Worker Make(BenchPlace place, Broker broker, Load load) => new(
            broker, HandlerTable.Of(_provider), [new(load.Source)], new() { Concurrency = BenchPlace.Slots }, _provider, place.Time, place.Random, place.Run.Loggers);
    }

    private sealed class OfProcesses(BenchPlace place, Broker broker, Load load, Crew crew) : BenchWorkers(place, broker, load, crew)
    {
        private readonly ChildProcess[] _processes = [.. Enumerable.Range(0, crew.Count).Select(_ => ChildProcess.Worker(place, crew.KeepsLedger))];

        public override IJobClient Client { get; } = new JobClient(broker, place.Time);

        protected override bool HasEnded => _processes.Any(static process => process.HasEnded);

        public override ValueTask DisposeAsync() => new(Task.WhenAll(_processes.Select(static process => process.DisposeAsync().AsTask())));
    }
}
