using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.Logging.Abstractions;
using Naq.Brokers;
using Naq.Sqlite;

namespace Naq.Benchmarks;

/// <summary>What a store is made of.</summary>
public enum Store
{
    /// <summary>This process's memory: Naq's own cost.</summary>
    Memory,

    /// <summary>A SQLite file that is not synced.</summary>
    SqliteNormal,

    /// <summary>A SQLite file as it is by default: on the disk before it is acknowledged.</summary>
    SqliteSynced,
}

/// <summary>The way of a job into a store and out of it, without a worker. Times and bytes are a job's; each iteration has a fresh store.</summary>
[MemoryDiagnoser]
[InvocationCount(Calls)]
public class StoreBenchmarks
{
    private const int Calls = 32;
    private const int Bulk = 1000;
    private const int Batch = 100;
    private const string Queue = "bench";

    private static readonly EnqueueOptions ToQueue = new() { Queue = Queue };

    private readonly ShipOrder[] _orders = [.. Enumerable.Range(0, Bulk).Select(static id => new ShipOrder(id, "Ada Lovelace", 99.90m, DateTimeOffset.UnixEpoch, ["tea"]))];
    private readonly ClaimedJob[] _claimed = new ClaimedJob[Batch];
    private readonly Settlement[] _settlements = new Settlement[Batch];
    private string _folder = "";
    private Broker _broker = null!; // made by the set-up of each iteration
    private JobClient _client = null!;
    private IJobFeed _feed = null!;

    [ParamsAllValues]
    public Store Store { get; set; }

    [IterationSetup(Target = nameof(SerializeAndEnqueue))]
    public void Open() => OpenAsync().AsTask().GetAwaiter().GetResult();

    [IterationSetup(Target = nameof(ClaimAndSettle))]
    public void Fill() => FillAsync().GetAwaiter().GetResult();

    [IterationCleanup]
    public void Close() => CloseAsync().GetAwaiter().GetResult();

    [Benchmark(OperationsPerInvoke = Bulk)]
    public async Task SerializeAndEnqueue() => await _client.EnqueueManyAsync(_orders, ToQueue);

    [Benchmark(OperationsPerInvoke = Batch)]
    public async Task ClaimAndSettle()
    {
        _feed.Grant(Batch);
        for (var count = 0; count < Batch;)
        {
            count += await _feed.ReadAsync(_claimed.AsMemory(count), CancellationToken.None);
        }

        for (var i = 0; i < Batch; i++)
        {
            _settlements[i] = new(_claimed[i].Lease, SettleKind.Succeed);
        }

        _ = await _broker.Jobs.SettleAsync(_settlements, CancellationToken.None);
    }

    private async ValueTask OpenAsync()
    {
        _folder = Directory.CreateTempSubdirectory("naq-benchmarks-").FullName;
        _broker = Store == Store.Memory
            ? MemoryBroker.Open()
            : await SqliteBroker.OpenAsync(
                new() { Path = Path.Combine(_folder, "naq.db"), Durability = Store == Store.SqliteSynced ? Durability.Synced : Durability.Normal },
                TimeProvider.System,
                NullLoggerFactory.Instance);
        _client = new(_broker, TimeProvider.System);
    }

    private async Task FillAsync()
    {
        await OpenAsync();
        for (var stored = 0; stored < Calls * Batch; stored += Bulk)
        {
            await SerializeAndEnqueue();
        }

        _feed = await _broker.Jobs.OpenFeedAsync(new([new(Queue)]) { Worker = "bench" }, CancellationToken.None);
    }

    private async Task CloseAsync()
    {
        if (_feed is not null)
        {
            await _feed.DisposeAsync();
        }

        _feed = null!;
        await _broker.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
