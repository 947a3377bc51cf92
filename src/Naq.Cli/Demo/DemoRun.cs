using Naq.Brokers;
using Naq.Cli.Output;
using Naq.Cli.Shells;
using Naq.Cluster;
using Naq.Scaling.Hosting;
using Naq.Scaling.Pools;

namespace Naq.Cli.Demo;

/// <summary>Plays a trace against a fresh broker with an autoscaler and real worker processes, and counts afterwards what became of every job.</summary>
internal sealed class DemoRun(DemoOptions options, Broker broker, string ledger, TimeProvider time)
{
    public const string Queue = "demo";

    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan EndPatience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100);

    private TimeSpan _played;

    /// <summary>What there is to see while it runs.</summary>
    public DemoScene Scene { get; } = new();

    /// <summary>The pool that the demo scales.</summary>
    public ScalingConfig Config { get; } = new(TimeSpan.FromSeconds(1), [Pool(options)]);

    /// <summary>Plays, waits for the last job, drains, and counts.</summary>
    /// <param name="host">The autoscaler, which tells <see cref="Scene"/> of its decisions.</param>
    /// <param name="ct">Breaks the demo off, after a drain.</param>
    public async Task<DemoDocument> RunAsync(PoolHost host, CancellationToken ct)
    {
        var producer = new Producer(broker, options, time);
        var arrivals = options.Arrivals();
        using var stop = new CancellationTokenSource();
        var hosting = host.RunAsync(stop.Token);
        try
        {
            await WaitForWorkersAsync(hosting, ct).ConfigureAwait(false);
            await PlayAsync(producer, arrivals, ct).ConfigureAwait(false);
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await hosting.ConfigureAwait(false);
        }

        return await CountAsync(producer, arrivals, host.WorkerSeconds).ConfigureAwait(false);
    }

    private async Task PlayAsync(Producer producer, double[] arrivals, CancellationToken ct)
    {
        var start = time.GetTimestamp();
        using var watching = new CancellationTokenSource();
        var watch = WatchAsync(producer, start, watching.Token);
        Scene.Begin();
        await producer.RunAsync(arrivals, ct).ConfigureAwait(false);
        await WaitForEndAsync(ct).ConfigureAwait(false);
        _played = time.GetElapsedTime(start);
        await watching.CancelAsync().ConfigureAwait(false);
        await watch.ConfigureAwait(false);
    }

    private async Task WaitForWorkersAsync(Task hosting, CancellationToken ct)
    {
        var start = time.GetTimestamp();
        while (!hosting.IsCompleted && time.GetElapsedTime(start) < StartPatience)
        {
            var workers = await WorkerRegistry.ListAsync(broker.Cluster, ct).ConfigureAwait(false);
            if (workers.Count(static worker => worker.State == WorkerState.Running) >= options.Min)
            {
                return;
            }

            await Task.Delay(Look, time, ct).ConfigureAwait(false);
        }

        throw new ExitException(ExitCodes.Failed, $"the first worker did not start within {StartPatience.TotalSeconds:0} s.");
    }

    private async Task WaitForEndAsync(CancellationToken ct)
    {
        var start = time.GetTimestamp();
        while (time.GetElapsedTime(start) < EndPatience && await CountsAsync(ct).ConfigureAwait(false) is { Load: > 0 } or { Scheduled: > 0 })
        {
            await Task.Delay(Look, time, ct).ConfigureAwait(false);
        }
    }

    private async Task WatchAsync(Producer producer, long start, CancellationToken ct)
    {
        try
        {
            while (true)
            {
                Scene.See(time.GetElapsedTime(start), producer.Acknowledged, await CountsAsync(ct).ConfigureAwait(false));
                await Task.Delay(Look, time, ct).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // The last job has ended.
        }
    }

    private async ValueTask<QueueCounts> CountsAsync(CancellationToken ct) =>
        await broker.Jobs.CountsAsync([Queue], ct).ConfigureAwait(false) is [var counts, ..] ? counts : new(Queue);

    private async Task<DemoDocument> CountAsync(Producer producer, double[] arrivals, double workerSeconds)
    {
        var states = new Dictionary<JobId, JobState>();
        await foreach (var job in new JobClient(broker, time).ListAsync().ConfigureAwait(false))
        {
            states[job.Id] = job.State;
        }

        int In(JobState state) => producer.Ids.Count(id => states.TryGetValue(id, out var found) && found == state);
        var stuck = producer.Ids.Where(id => states.TryGetValue(id, out var state) && !state.IsFinal()).ToHashSet();
        var tally = Tally.Of(producer.Ids, stuck, Tally.Read(ledger));
        var fleet = StaticFleet.Smallest(arrivals, tally.HeldMs / 1000, options.Concurrency, options.Slo.TotalSeconds, DemoOptions.MissShare);
        return new()
        {
            Enqueued = producer.Ids.Count,
            Completed = In(JobState.Succeeded),
            Lost = tally.Lost,
            Stuck = stuck.Count,
            Dead = In(JobState.Dead),
            Duplicates = tally.Duplicates,
            WaitP50Ms = Round(tally.WaitAt(0.50)),
            WaitP95Ms = Round(tally.WaitAt(0.95)),
            WaitP99Ms = Round(tally.WaitAt(0.99)),
            SloMissPercent = Round(tally.MissPercent(producer.Ids.Count, options.Slo)),
            WorkerSeconds = Round(workerSeconds),
            WorkerSecondsStatic = Round(fleet * _played.TotalSeconds),
            ScaleOuts = Scene.ScaleOuts,
            ScaleIns = Scene.ScaleIns,
            WorkersMax = Scene.WorkersMax,
        };
    }

    private static double Round(double value) => Math.Round(value, 3);

    private static PoolConfig Pool(DemoOptions options) => new()
    {
        Name = Queue,
        Queues = [Queue],
        Min = options.Min,
        Max = options.Max,
        Worker = new() { Concurrency = options.Concurrency },
        Policies = StandardPolicies.Parse(options.Policy, 1 - DemoOptions.MissShare, options.Slo, options.Max),
    };
}
