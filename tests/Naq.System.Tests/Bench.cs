using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Naq.Brokers;
using Naq.Nats;
using Naq.Sqlite;

namespace Naq.System.Tests;

/// <summary>A fresh broker with an open client, a ledger that handlers append to, and worker processes.</summary>
internal sealed class Bench : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("naq-system-").FullName;
    private readonly List<NaqProcess> _started = [];
    private string? _url;

    private Bench(string? folder) => Folder = folder ?? _folder;

    public string Folder { get; }

    public Broker Broker { get; private set; } = null!;

    public IJobClient Jobs { get; private set; } = null!;

    public string Database => Path.Combine(Folder, "naq.db");

    /// <summary>What a <c>naq</c> process is told to use.</summary>
    public string Address => _url ?? "sqlite:" + Database;

    public string LedgerPath => Path.Combine(_folder, "ledger.ndjson");

    public static async Task<Bench> OpenAsync(TimeSpan lease, CancellationToken ct, string? folder = null, long? minFreeDisk = null)
    {
        var bench = new Bench(folder);
        var options = new SqliteBrokerOptions { Path = bench.Database, LeaseDuration = lease };
        options = minFreeDisk is { } bytes ? options with { MinFreeDiskBytes = bytes } : options;
        bench.Broker = await SqliteBroker.OpenAsync(options, TimeProvider.System, NullLoggerFactory.Instance, ct);
        bench.Jobs = new JobClient(bench.Broker, TimeProvider.System);
        return bench;
    }

    /// <summary>The same on NATS: one server, or the addresses of several with commas between.</summary>
    public static async Task<Bench> OpenNatsAsync(string url, TimeSpan lease, int replicas, CancellationToken ct)
    {
        var bench = new Bench(null) { _url = url };
        bench.Broker = await NatsBroker.OpenAsync(new() { Url = url, LeaseDuration = lease, Replicas = replicas }, TimeProvider.System, NullLoggerFactory.Instance, ct);
        bench.Jobs = new JobClient(bench.Broker, TimeProvider.System);
        return bench;
    }

    /// <summary>Starts a worker on this broker.</summary>
    public NaqProcess Worker(int slots, IEnumerable<string>? more = null, IReadOnlyDictionary<string, string>? environment = null, string? wrapper = null)
    {
        string[] arguments =
        [
            "worker", "default", "--concurrency", slots.ToString(CultureInfo.InvariantCulture), "--broker", Address, .. more ?? [],
        ];
        var all = new Dictionary<string, string>(environment ?? new Dictionary<string, string>()) { ["NAQ_LEDGER"] = LedgerPath };
        var worker = NaqProcess.Start(arguments, all, wrapper);
        _started.Add(worker);
        return worker;
    }

    public async Task<IReadOnlyList<JobId>> EnqueueAsync(string type, string payload, int count, EnqueueOptions? options = null)
    {
        var ids = new List<JobId>(count);
        foreach (var chunk in Enumerable.Range(0, count).Chunk(1000))
        {
            var answers = await Jobs.EnqueueRawAsync([.. chunk.Select(_ => new RawJob(type, global::System.Text.Encoding.UTF8.GetBytes(payload), options ?? new()))]);
            Assert.All(answers, static a => Assert.Equal(EnqueueStatus.Accepted, a.Status));
            ids.AddRange(answers.Select(static a => a.Id));
        }

        return ids;
    }

    public async Task<QueueCounts> CountsAsync() => (await Broker.Jobs.CountsAsync(["default"], CancellationToken.None)).Single();

    public IReadOnlyList<Run> Ledger() => !File.Exists(LedgerPath)
        ? []
        : [.. File.ReadLines(LedgerPath).Select(static line => JsonSerializer.Deserialize<Run>(line, Run.Json)!)];

    /// <summary>Waits until <paramref name="isSo"/> holds; looks again at every commit, and fails at the deadline with what it saw last.</summary>
    public async Task UntilAsync(Func<Task<bool>> isSo, TimeSpan deadline, string what, CancellationToken ct)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(ct);
        patience.CancelAfter(deadline);
        var seen = 0L;
        try
        {
            while (!await TriedAsync(isSo, false, patience.Token))
            {
                seen = await TriedAsync(() => Broker.Jobs.WaitForChangeAsync(seen, patience.Token).AsTask(), seen, patience.Token);
            }
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            Assert.Fail($"Not within {deadline}: {what}. {await CountsAsync()}. Workers said:\n{string.Join("\n--\n", _started.Where(static w => w.Errors.Length > 0).TakeLast(6).Select(static w => w.Errors))}");
        }
    }

    private static async Task<T> TriedAsync<T>(Func<Task<T>> act, T otherwise, CancellationToken ct)
    {
        try
        {
            return await act();
        }
        catch (BrokerUnavailableException)
        {
            // The driver has just killed it: it comes back.
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, ct);
            return otherwise;
        }
    }

    /// <summary>Enqueues until it is acknowledged: in doubt again, under the same ids.</summary>
    public async Task<IReadOnlyList<JobId>> EnqueueSurelyAsync(string type, string payload, int count, CancellationToken ct)
    {
        NewJob[] jobs =
        [
            .. Enumerable.Range(0, count).Select(_ => new NewJob(
                JobId.New(TimeProvider.System), type, "default", JobPriority.Normal, global::System.Text.Encoding.UTF8.GetBytes(payload), JobSettings.Default)
            {
                EnqueuedAt = TimeProvider.System.GetUtcNow(),
            }),
        ];
        while (true)
        {
            try
            {
                var answers = await Broker.Jobs.EnqueueAsync(jobs, ct);
                Assert.All(answers, static answer => Assert.True(answer.Status is EnqueueStatus.Accepted or EnqueueStatus.Duplicate));
                return [.. jobs.Select(static job => job.Id)];
            }
            catch (Exception error) when (error is EnqueueOutcomeUnknownException or BrokerUnavailableException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, ct);
            }
        }
    }

    public Task UntilIdleAsync(TimeSpan deadline, CancellationToken ct) =>
        UntilAsync(async () => await CountsAsync() is { Load: 0, Scheduled: 0 }, deadline, "no job is left", ct);

    /// <summary>Waits until <paramref name="count"/> workers claim.</summary>
    public Task UntilWorkersAsync(int count, CancellationToken ct) =>
        UntilAsync(
            async () => (await Cluster.WorkerRegistry.ListAsync(Broker.Cluster, ct)).Count(static w => w.State == Cluster.WorkerState.Running) == count,
            TimeSpan.FromSeconds(30), $"{count} workers run", ct);

    public async ValueTask DisposeAsync()
    {
        foreach (var worker in _started)
        {
            worker.Dispose();
        }

        await Broker.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}

/// <summary>A line of the ledger: a handler that reached its end.</summary>
internal sealed record Run(string Id, int Attempt, long Fence, int Pid, double WaitMs, double HeldMs)
{
    public static JsonSerializerOptions Json { get; } = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };
}
