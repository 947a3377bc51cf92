using System.Globalization;
using Naq.Cli.BuiltIns;

namespace Naq.Cli.Benchmarks;

/// <summary>What the jobs of a measurement are: how they are stored, where they wait, and what a worker of this process does with them.</summary>
internal abstract class Load
{
    private const int ManyQueues = 100;
    private const int PaddingBytes = 1024 - 11; // beside {"text":""}

    /// <summary>One object for all: what they cost is not measured. First, for the loads below are made of it.</summary>
    private static readonly NoOp Job = new();

    private readonly EnqueueOptions[] _toQueues;

    protected Load(EnqueueOptions? options, IReadOnlyList<string>? queues)
    {
        Queues = queues ?? [BenchPlace.Queue];
        _toQueues = [.. Queues.Select(queue => (options ?? new()) with { Queue = queue })];
    }

    /// <summary>The handler of <c>naq.noop</c>, the one load that worker processes know.</summary>
    public static Load Plain { get; } = new Load<NoOp>(static _ => Job, static naq => naq.AddHandler<NoOp, NoOpHandler>());

    public static Load Results { get; } = new Load<NoOp>(static _ => Job, static naq => naq.AddHandler<NoOp, ResultHandler<NoOp>>());

    /// <summary>Each job runs twice.</summary>
    public static Load Retries { get; } = new Load<NoOp>(static _ => Job, static naq => naq.AddHandler<NoOp, RetryHandler<NoOp>>());

    /// <summary>Each job waits for its time, which is soon: what is measured is the way through the schedule.</summary>
    public static Load Delayed { get; } = new Load<NoOp>(
        static _ => Job, static naq => naq.AddHandler<NoOp, NoOpHandler>(), new() { Delay = TimeSpan.FromMilliseconds(20) });

    public static Load Unique { get; } = new Load<Keyed>(static number => new() { Number = number }, static naq => naq.AddHandler<Keyed, IdleHandler<Keyed>>());

    public static Load Scattered { get; } = new Load<Scattered>(static number => new() { Number = number }, static naq => naq.AddHandler<Scattered, IdleHandler<Scattered>>());

    public static Load Encrypted { get; } = new Load<NoOp>(
        static _ => Job, static naq => naq.AddHandler<NoOp, NoOpHandler>().AddEncryption(EncryptionKeys.Parse("bench:" + EncryptionKeys.NewKey()).WithSodium()));

    /// <summary>Payloads of 1 KiB.</summary>
    public static Load Kibibyte { get; } = new Load<Padded>(static _ => new(new('x', PaddingBytes)), static naq => naq.AddHandler<Padded, IdleHandler<Padded>>());

    /// <summary>The plain jobs in a hundred queues.</summary>
    public static Load InManyQueues { get; } = new Load<NoOp>(
        static _ => Job,
        static naq => naq.AddHandler<NoOp, NoOpHandler>(),
        queues: [.. Enumerable.Range(0, ManyQueues).Select(static queue => string.Create(CultureInfo.InvariantCulture, $"{BenchPlace.Queue}-{queue}"))]);

    public IReadOnlyList<string> Queues { get; }

    /// <summary>What workers claim from: a queue, or the pattern of many.</summary>
    public string Source => Queues.Count == 1 ? Queues[0] : BenchPlace.Queue + "-*";

    /// <summary>Registers the handler, with what it needs.</summary>
    public abstract void AddTo(NaqBuilder naq);

    /// <summary>Stores jobs in bulk, as many in each queue.</summary>
    public async Task EnqueueManyAsync(IJobClient client, int first, int count, CancellationToken ct)
    {
        for (var queue = 0; queue < _toQueues.Length; queue++)
        {
            var part = (count + queue) / _toQueues.Length;
            await StoreAsync(client, first, part, _toQueues[queue], ct).ConfigureAwait(false);
            first += part;
        }
    }

    /// <summary>Stores one job.</summary>
    public ValueTask EnqueueAsync(IJobClient client, int number, CancellationToken ct) => StoreAsync(client, number, _toQueues[number % _toQueues.Length], ct);

    protected abstract ValueTask StoreAsync(IJobClient client, int first, int count, EnqueueOptions options, CancellationToken ct);

    protected abstract ValueTask StoreAsync(IJobClient client, int number, EnqueueOptions options, CancellationToken ct);
}

/// <summary>The same of a job type.</summary>
/// <param name="make">Makes the job of a number; all numbers of a measurement differ.</param>
/// <param name="register">Registers the handler, with what it needs.</param>
/// <param name="options">What each job is stored with.</param>
/// <param name="queues">Where the jobs wait; null: in one queue.</param>
internal sealed class Load<TJob>(Func<int, TJob> make, Action<NaqBuilder> register, EnqueueOptions? options = null, IReadOnlyList<string>? queues = null) : Load(options, queues)
    where TJob : IJob<TJob>
{
    public override void AddTo(NaqBuilder naq) => register(naq);

    protected override async ValueTask StoreAsync(IJobClient client, int first, int count, EnqueueOptions options, CancellationToken ct) =>
        _ = await client.EnqueueManyAsync(Enumerable.Range(first, count).Select(make), options, ct).ConfigureAwait(false);

    protected override async ValueTask StoreAsync(IJobClient client, int number, EnqueueOptions options, CancellationToken ct) =>
        _ = await client.EnqueueAsync(make(number), options, ct).ConfigureAwait(false);
}

/// <summary>Stores the jobs of a load: in bulk, or by callers that each store one job after another.</summary>
internal sealed class Callers(IJobClient client, Load load, int count)
{
    /// <summary>One caller that stores in bulk, as many as possible in a write.</summary>
    public const int Bulk = 0;

    public const int Many = 64;

    private int _stored;

    public Task EnqueueAsync(int jobs, CancellationToken ct)
    {
        var first = _stored;
        _stored += jobs;
        return count == Bulk
            ? load.EnqueueManyAsync(client, first, jobs, ct)
            : Task.WhenAll(Enumerable.Range(0, count).Select(caller => OneByOneAsync(first + caller, first + jobs, ct)));
    }

    private async Task OneByOneAsync(int first, int end, CancellationToken ct)
    {
        // Where a lone write is done in its caller's thread, the first caller would otherwise be through before there is a second.
        await Task.Yield();
        for (var number = first; number < end; number += count)
        {
            await load.EnqueueAsync(client, number, ct).ConfigureAwait(false);
        }
    }
}
