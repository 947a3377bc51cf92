using System.Text.Json.Serialization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Naq.Brokers;
using Naq.Workers;

namespace Naq.Sqlite.Tests;

/// <summary>A worker on a real file and the real clock, in this process.</summary>
public sealed class WorkerTests : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("naq-worker-").FullName;
    private readonly Gate _gate = new();

    [Fact]
    public async Task A_backlog_is_drained_once_each()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var broker = await OpenAsync(TimeSpan.FromSeconds(10), ct);
        var client = new JobClient(broker, TimeProvider.System);
        _ = await client.EnqueueManyAsync(Enumerable.Range(0, 5000).Select(static n => new Tick(n)), ct: ct);

        using var worker = Worker(broker, 16);
        var run = worker.RunAsync();
        await UntilIdleAsync(broker, ct);
        worker.Drain();

        Assert.Equal(WorkerExit.Drained, await run);
        Assert.Equal(5000, _gate.Passed);
        Assert.Equal(5000, (await CountsAsync(broker, ct)).CompletedTotal);
    }

    [Fact]
    public async Task Slots_that_all_block_for_three_leases_lose_none()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var broker = await OpenAsync(TimeSpan.FromSeconds(1), ct);
        var client = new JobClient(broker, TimeProvider.System);
        _ = await client.EnqueueManyAsync(Enumerable.Range(0, 32).Select(static n => new Tick(n, BlockMs: 3200)), ct: ct);

        using var worker = Worker(broker, 32);
        var run = worker.RunAsync();
        await UntilIdleAsync(broker, ct);
        worker.Drain();
        _ = await run;

        Assert.Equal(32, _gate.Passed);
        await foreach (var job in client.ListAsync(ct: ct))
        {
            Assert.Equal((JobState.Succeeded, 0, 1), (job.State, job.Interruptions, job.Attempts));
        }
    }

    public ValueTask DisposeAsync()
    {
        _gate.Dispose();
        Directory.Delete(_folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    private ValueTask<Broker> OpenAsync(TimeSpan lease, CancellationToken ct) => SqliteBroker.OpenAsync(
        new() { Path = Path.Combine(_folder, "naq.db"), LeaseDuration = lease, Durability = Durability.Normal }, TimeProvider.System, NullLoggerFactory.Instance, ct);

    private Worker Worker(Broker broker, int slots)
    {
        var services = new ServiceCollection().AddSingleton(_gate).BuildServiceProvider();
        return new(
            broker, new([new HandlerEntry<Tick, Ticker>()]), [new("default")], new() { Concurrency = slots, DrainTimeout = TimeSpan.FromSeconds(5) }, services,
            TimeProvider.System, new Random(1), NullLoggerFactory.Instance);
    }

    private static async Task<QueueCounts> CountsAsync(Broker broker, CancellationToken ct) => (await broker.Jobs.CountsAsync(null, ct)).Single();

    private static async Task UntilIdleAsync(Broker broker, CancellationToken ct)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(ct);
        patience.CancelAfter(TimeSpan.FromSeconds(60));
        for (var seen = 0L; (await CountsAsync(broker, ct)).Load > 0; seen = await broker.Jobs.WaitForChangeAsync(seen, patience.Token))
        {
        }
    }
}

/// <summary>Counts handlers, and is never opened: what waits at it blocks its thread.</summary>
public sealed class Gate : IDisposable
{
    private readonly ManualResetEventSlim _never = new();
    private int _passed;

    public int Passed => Volatile.Read(ref _passed);

    public void Pass(int blockMs)
    {
        _ = _never.Wait(blockMs);
        _ = Interlocked.Increment(ref _passed);
    }

    public void Dispose() => _never.Dispose();
}

public sealed record Tick(int N, int BlockMs = 0) : IJob<Tick>
{
    public static JobType<Tick> JobType { get; } = new("test.tick", TickJson.Default.Tick, new());
}

[JsonSerializable(typeof(Tick))]
internal sealed partial class TickJson : JsonSerializerContext;

public sealed class Ticker(Gate gate) : IJobHandler<Tick>
{
    public ValueTask<JobOutcome> HandleAsync(Tick job, JobContext context, CancellationToken ct)
    {
        gate.Pass(job.BlockMs);
        return new(JobOutcome.Done);
    }
}
