using Microsoft.Extensions.Logging.Abstractions;
using Naq.Nats.Local;

namespace Naq.Nats.Tests;

/// <summary>A nats-server with a configuration of the test's own, gone with its folder at the end.</summary>
internal sealed class ConfiguredServer : IAsyncDisposable
{
    private readonly LocalServer _server;

    private ConfiguredServer(string folder, LocalServer server) => (Folder, _server) = (folder, server);

    public string Folder { get; }

    public int Port => _server.Port;

    public string Url => _server.Url;

    public Uri? MonitorUrl => _server.MonitorUrl;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>Starts it; skips the test where no nats-server could be had.</summary>
    /// <param name="configure">Writes what it needs into the folder, and returns more lines of the configuration.</param>
    public static async Task<ConfiguredServer> StartAsync(Func<string, string> configure)
    {
        _ = (await TestContext.Current.GetFixture<NatsServer>())!.Address;
        var folder = Directory.CreateTempSubdirectory("naq-nats-").FullName;
        try
        {
            return new(folder, await LocalServer.StartAsync(folder, LocalServer.AnyPort, configure(folder), Ct));
        }
        catch
        {
            Directory.Delete(folder, recursive: true);
            throw;
        }
    }

    public string PathOf(string file) => Path.Combine(Folder, file);

    public ValueTask<Broker> OpenAsync(Func<NatsBrokerOptions, NatsBrokerOptions>? options = null) =>
        NatsBroker.OpenAsync((options ?? (static o => o))(new() { Url = Url }), TimeProvider.System, NullLoggerFactory.Instance, Ct);

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }
}
