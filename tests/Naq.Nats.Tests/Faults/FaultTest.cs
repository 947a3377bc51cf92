using System.Diagnostics;
using System.Globalization;
using NATS.Client.Core;
using NATS.Client.JetStream;
using Naq.Nats.Local;

namespace Naq.Nats.Tests.Faults;

/// <summary>What tests of faults share: servers of their own, brokers on them, what those log, and waiting with a deadline.</summary>
public abstract class FaultTest : IAsyncLifetime
{
    protected const string Queue = "main";

    protected static readonly TimeSpan Lease = TimeSpan.FromSeconds(2);

    private readonly string _folder = Directory.CreateTempSubdirectory("naq-faults-").FullName;
    private readonly List<IAsyncDisposable> _opened = [];
    private readonly List<LocalServer> _servers = [];
    private int _folders;

    protected static CancellationToken Ct => TestContext.Current.CancellationToken;

    protected static TimeProvider Clock => TimeProvider.System;

    /// <summary>What the brokers of the test have logged.</summary>
    private protected LogKeeper Log { get; } = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        foreach (var opened in Enumerable.Reverse(_opened))
        {
            await opened.DisposeAsync();
        }

        foreach (var server in _servers)
        {
            await server.DisposeAsync();
        }

        Directory.Delete(_folder, recursive: true);
    }

    private protected async Task<LocalServer> StartAsync(string more = "")
    {
        try
        {
            var folder = Path.Combine(_folder, (_folders++).ToString(CultureInfo.InvariantCulture));
            var server = await LocalServer.StartAsync(folder, LocalServer.AnyPort, more, Ct);
            _servers.Add(server);
            return server;
        }
        catch (BrokerUnavailableException none) when (_servers.Count == 0 && more.Length == 0)
        {
            Assert.Skip(none.Message);
            throw;
        }
    }

    private protected TcpProxy Behind(LocalServer server)
    {
        var proxy = TcpProxy.Start(server.Url);
        _opened.Add(proxy);
        return proxy;
    }

    private protected Task<Broker> OpenAsync(string url) => OpenAsync(new NatsBrokerOptions { Url = url, LeaseDuration = Lease });

    private protected async Task<Broker> OpenAsync(NatsBrokerOptions options)
    {
        var broker = await NatsBroker.OpenAsync(options, Clock, Log, Ct);
        _opened.Add(broker);
        return broker;
    }

    /// <summary>The server's own view.</summary>
    private protected NatsJSContext Raw(string url)
    {
        var connection = new NatsConnection(new() { Url = url });
        _opened.Add(connection);
        return new(connection);
    }

    private protected static void Signal(LocalServer server, string signal)
    {
        using var kill = Process.Start("kill", ["-" + signal, server.Pid.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
        Assert.Equal(0, kill.ExitCode);
    }

    protected static NewJob Job(string queue = Queue) =>
        new(JobId.New(Clock), "test.job", queue, JobPriority.Normal, "{}"u8.ToArray(), JobSettings.Default) { EnqueuedAt = Clock.GetUtcNow() };

    protected static NewJob[] Some(int count, string queue = Queue) => [.. Enumerable.Range(0, count).Select(_ => Job(queue))];

    protected static async Task EnqueueAsync(Broker broker, params NewJob[] jobs) =>
        Assert.All(await broker.Jobs.EnqueueAsync(jobs, Ct), static answer => Assert.Equal(EnqueueStatus.Accepted, answer.Status));

    /// <summary>Enqueues until it is acknowledged: in doubt again, under the same ids.</summary>
    protected static async Task EnqueueSurelyAsync(Broker broker, NewJob[] jobs, TimeSpan within)
    {
        using var patience = Within(within);
        while (true)
        {
            try
            {
                var answers = await broker.Jobs.EnqueueAsync(jobs, patience.Token);
                Assert.All(answers, static answer => Assert.True(answer.Status is EnqueueStatus.Accepted or EnqueueStatus.Duplicate));
                return;
            }
            catch (Exception error) when (error is EnqueueOutcomeUnknownException or BrokerUnavailableException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50), Clock, patience.Token);
            }
        }
    }

    protected async Task<FaultWorker> WorkAsync(Broker broker, int slots, TimeSpan time = default, string queue = Queue)
    {
        var feed = await broker.Jobs.OpenFeedAsync(new([new(queue)]) { Worker = "w1" }, Ct);
        var worker = new FaultWorker(broker.Jobs, feed, slots, time);
        _opened.Add(worker);
        return worker;
    }

    protected async Task<IJobFeed> FeedAsync(Broker broker, params string[] queues)
    {
        var feed = await broker.Jobs.OpenFeedAsync(new([.. queues.Select(static queue => new QueueSource(queue))]) { Worker = "w1" }, Ct);
        _opened.Add(feed);
        return feed;
    }

    /// <summary>Grants credits and reads as many jobs.</summary>
    protected static async Task<List<ClaimedJob>> TakeAsync(IJobFeed feed, int count, TimeSpan within)
    {
        feed.Grant(count);
        return await ReadAsync(feed, count, within);
    }

    protected static async Task<List<ClaimedJob>> ReadAsync(IJobFeed feed, int count, TimeSpan within)
    {
        using var patience = Within(within);
        var (jobs, buffer) = (new List<ClaimedJob>(), new ClaimedJob[64]);
        try
        {
            while (jobs.Count < count)
            {
                var read = await feed.ReadAsync(buffer.AsMemory(0, Math.Min(buffer.Length, count - jobs.Count)), patience.Token);
                jobs.AddRange(buffer[..read]);
            }
        }
        catch (OperationCanceledException) when (!Ct.IsCancellationRequested)
        {
            Assert.Fail($"{jobs.Count} of {count} jobs arrived within {within}.");
        }

        return jobs;
    }

    protected static async Task UntilAsync(Func<Task<bool>> holds, TimeSpan within, string what)
    {
        using var patience = Within(within);
        try
        {
            while (!await HoldsAsync())
            {
                await Task.Delay(TimeSpan.FromMilliseconds(25), Clock, patience.Token);
            }
        }
        catch (OperationCanceledException) when (!Ct.IsCancellationRequested)
        {
            Assert.Fail($"Not within {within}: {what}");
        }

        async Task<bool> HoldsAsync()
        {
            try
            {
                return await holds();
            }
            catch (BrokerUnavailableException)
            {
                return false;
            }
        }
    }

    protected static CancellationTokenSource Within(TimeSpan time)
    {
        var source = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        source.CancelAfter(time);
        return source;
    }
}
