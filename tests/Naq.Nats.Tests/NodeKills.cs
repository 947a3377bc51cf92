using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Naq.Nats.Local;
using Naq.Nats.Tests;

[assembly: AssemblyFixture(typeof(ThreeNodes))]

namespace Naq.Nats.Tests;

/// <summary>A part of the suite on three nodes with three copies, of which one is killed every few seconds.</summary>
/// <remarks>
/// Left out is what an election of some seconds must break: tests that read a state at once after it was changed (a replica that comes back
/// answers from its own, older view), that count deliveries (what was on its way to a dead node is delivered again), that rely on the order
/// of publishes which had to be repeated, or that wait for a lease or a time to live.
/// </remarks>
[Trait("Kind", "System")]
public sealed class NodeKills
{
    private static readonly Dictionary<string, Func<Task>> Subset = new(StringComparer.Ordinal)
    {
        [nameof(Enqueue.A_payload_of_256_KiB_of_any_bytes_arrives_intact)] = () => RunAsync<Enqueue>(static suite => suite.A_payload_of_256_KiB_of_any_bytes_arrives_intact()),
        [nameof(Enqueue.Settings_travel_with_the_job)] = () => RunAsync<Enqueue>(static suite => suite.Settings_travel_with_the_job()),
        [nameof(Enqueue.Concurrent_enqueues_are_all_stored)] = () => RunAsync<Enqueue>(static suite => suite.Concurrent_enqueues_are_all_stored()),
        [nameof(Unique.A_second_one_is_refused_while_the_first_is_ready)] = () => RunAsync<Unique>(static suite => suite.A_second_one_is_refused_while_the_first_is_ready()),
        [nameof(Unique.A_second_one_is_refused_while_the_first_runs)] = () => RunAsync<Unique>(static suite => suite.A_second_one_is_refused_while_the_first_runs()),
        [nameof(Unique.Of_four_that_race_one_is_accepted)] = () => RunAsync<Unique>(static suite => suite.Of_four_that_race_one_is_accepted()),
        [nameof(Settle.A_retry_that_is_due_already_is_ready_at_once)] = () => RunAsync<Settle>(static suite => suite.A_retry_that_is_due_already_is_ready_at_once()),
        [nameof(Settle.The_fence_grows_with_every_claim)] = () => RunAsync<Settle>(static suite => suite.The_fence_grows_with_every_claim()),
        [nameof(Feed.Cancelled_reads_lose_nothing)] = () => RunAsync<Feed>(static suite => suite.Cancelled_reads_lose_nothing()),
        [nameof(Feed.Two_feeds_share_the_jobs_of_a_queue)] = () => RunAsync<Feed>(static suite => suite.Two_feeds_share_the_jobs_of_a_queue()),
        [nameof(Feed.A_pattern_serves_queues_that_are_made_later)] = () => RunAsync<Feed>(static suite => suite.A_pattern_serves_queues_that_are_made_later()),
        [nameof(Feed.A_paused_queue_is_left_alone_until_it_is_resumed)] = () => RunAsync<Feed>(static suite => suite.A_paused_queue_is_left_alone_until_it_is_resumed()),
        [nameof(Cancel.A_running_job_is_asked_and_its_worker_is_told)] = () => RunAsync<Cancel>(static suite => suite.A_running_job_is_asked_and_its_worker_is_told()),
    };

    public static TheoryData<string> Names => [.. Subset.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public Task Survived(string name) => Subset[name]();

    private static async Task RunAsync<TSuite>(Func<TSuite, Task> test) where TSuite : IAsyncLifetime, new()
    {
        await using var suite = new TSuite();
        await suite.InitializeAsync();
        await test(suite);
    }

    private sealed class Enqueue : EnqueueConformance<ClusterUnderTest>;

    private sealed class Unique : UniqueConformance<ClusterUnderTest>;

    private sealed class Settle : SettleConformance<ClusterUnderTest>;

    private sealed class Feed : FeedConformance<ClusterUnderTest>;

    private sealed class Cancel : CancelConformance<ClusterUnderTest>;
}

/// <summary>NATS on a cluster whose nodes are killed; what a call in doubt leaves to the caller is repeated.</summary>
public sealed class ClusterUnderTest : BrokerUnderTest
{
    private readonly string _prefix = $"t{Guid.NewGuid():N}";

    /// <summary>Longer than an election.</summary>
    public override TimeSpan LeaseDuration => TimeSpan.FromSeconds(20);

    public override async ValueTask<Broker> OpenAsync(ConformanceOptions options, CancellationToken ct)
    {
        var nodes = await TestContext.Current.GetFixture<ThreeNodes>();
        var nats = new NatsBrokerOptions { Url = await nodes!.UrlAsync(), Prefix = _prefix, LeaseDuration = options.LeaseDuration, Replicas = 3, InMemory = false };
        var broker = await PatientStore.UntilDoneAsync(() => NatsBroker.OpenAsync(nats, Time, NullLoggerFactory.Instance, ct), ct);
        return new(new PatientStore(broker.Jobs), broker.Cluster, broker.Address);
    }

    public override ValueTask<Broker> OpenAnotherAsync(ConformanceOptions options, CancellationToken ct) => OpenAsync(options, ct);

    public override string? Missing(Capability capability) => null;
}

/// <summary>Three nats-servers as a cluster, started for the first test that needs them, and somebody who kills one every few seconds.</summary>
public sealed class ThreeNodes : IAsyncLifetime
{
    private static readonly TimeSpan BetweenKills = TimeSpan.FromSeconds(8);

    private readonly string _folder = Directory.CreateTempSubdirectory("naq-nodes-").FullName;
    private readonly List<LocalServer> _nodes = [];
    private readonly CancellationTokenSource _end = new();
    private readonly Lazy<Task> _starting;
    private Task _killing = Task.CompletedTask;

    public ThreeNodes() => _starting = new(StartAsync);

    /// <summary>Where the nodes listen; skips the test where no server could be had.</summary>
    public async Task<string> UrlAsync()
    {
        try
        {
            await _starting.Value;
        }
        catch (BrokerUnavailableException none) when (_nodes.Count == 0)
        {
            Assert.Skip(none.Message);
        }

        return string.Join(',', _nodes.Select(static node => node.Url));
    }

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _killing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        foreach (var node in _nodes)
        {
            await node.DisposeAsync();
        }

        _end.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task StartAsync()
    {
        int[] routes = [FreePort(), FreePort(), FreePort()];
        var urls = string.Join(", ", routes.Select(static port => string.Create(CultureInfo.InvariantCulture, $"\"nats://127.0.0.1:{port}\"")));
        for (var i = 0; i < routes.Length; i++)
        {
            var more = string.Create(CultureInfo.InvariantCulture, $$"""
                server_name: "n{{i}}"
                cluster { name: "naq", listen: "127.0.0.1:{{routes[i]}}", routes: [{{urls}}] }
                """);
            _nodes.Add(await LocalServer.StartAsync(Path.Combine(_folder, $"{i}"), LocalServer.AnyPort, more, _end.Token));
        }

        _killing = KillAsync();
    }

    private async Task KillAsync()
    {
        var random = new Random(1);
        while (true)
        {
            await Task.Delay(BetweenKills, TimeProvider.System, _end.Token);
            var victim = _nodes[random.Next(_nodes.Count)];
            await victim.KillAsync();
            await Task.Delay(TimeSpan.FromMilliseconds(500), TimeProvider.System, _end.Token);
            await victim.StartAsync(_end.Token);
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
