using Naq.Nats.Local;
using Naq.Nats.Tests;

[assembly: AssemblyFixture(typeof(NatsServer))]

namespace Naq.Nats.Tests;

/// <summary>The one nats-server of most tests: each has a prefix of its own on it.</summary>
public sealed class NatsServer : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("naq-nats-").FullName;
    private LocalServer? _server;
    private string? _trouble;

    /// <summary>Where it listens; skips the test where no server could be had.</summary>
    public string Address
    {
        get
        {
            Assert.SkipWhen(_server is null, _trouble ?? "no nats-server");
            return _server!.Url;
        }
    }

    public async ValueTask InitializeAsync()
    {
        try
        {
            _server = await LocalServer.StartAsync(_folder, LocalServer.AnyPort, "", TestContext.Current.CancellationToken);
        }
        catch (BrokerUnavailableException none)
        {
            _trouble = none.Message;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        Directory.Delete(_folder, recursive: true);
    }
}
