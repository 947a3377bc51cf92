using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Naq.Nats.Local;
using Naq.Nats.Tests;

[assembly: AssemblyFixture(typeof(ThreeNodes))]

namespace Naq.Nats.Tests;

/// <summary>
/// Areas of the suite on three nodes with three copies, of which one is killed every few seconds. Left out: leases, jobs that run alone, lists,
/// queries and the cluster map, whose tests wait for a lease or a time to live of two seconds; an election alone takes longer.
/// </summary>
[Trait("Kind", "System")]
public sealed class KilledNodesEnqueue : EnqueueConformance<ClusterUnderTest>;

/// <inheritdoc cref="KilledNodesEnqueue"/>
[Trait("Kind", "System")]
public sealed class KilledNodesUnique : UniqueConformance<ClusterUnderTest>;

/// <inheritdoc cref="KilledNodesEnqueue"/>
[Trait("Kind", "System")]
public sealed class KilledNodesSettle : SettleConformance<ClusterUnderTest>;

/// <inheritdoc cref="KilledNodesEnqueue"/>
[Trait("Kind", "System")]
public sealed class KilledNodesFeed : FeedConformance<ClusterUnderTest>;

/// <inheritdoc cref="KilledNodesEnqueue"/>
[Trait("Kind", "System")]
public sealed class KilledNodesCancel : CancelConformance<ClusterUnderTest>;

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

    public override string? Missing(Capability capability) => capability switch
    {
        Capability.KeptPlace => "a job that comes back is published anew, at the end",
        Capability.FoundLosses => "JetStream tells a lost lease only by delivering the message again",
        Capability.UniquePeriod => "its tests wait for periods shorter than an election",
        _ => null,
    };
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
