using NATS.Client.Core;
using Naq.Brokers;

namespace Naq.Nats;

/// <summary>Opens the broker on NATS JetStream: a spike that tries the seams, not yet for use.</summary>
internal static class NatsBroker
{
    /// <summary>Connects, and makes the streams where they are missing.</summary>
    /// <exception cref="BrokerUnavailableException">The server cannot be reached, has no JetStream, or is older than 2.12.</exception>
    public static async ValueTask<Broker> OpenAsync(NatsBrokerOptions options, TimeProvider time, CancellationToken ct)
    {
        var connection = new NatsConnection(new NatsOpts { Url = options.Url });
        try
        {
            await connection.ConnectAsync().ConfigureAwait(false);
            if (connection.ServerInfo is not { JetStreamAvailable: true } server || !IsRecent(server.Version))
            {
                throw new BrokerUnavailableException(
                    $"The server at {options.Url} is nats-server {connection.ServerInfo?.Version}. Use 2.12 or newer, with JetStream on.");
            }

            var session = new Session(connection, options, time);
            await session.OpenAsync(ct).ConfigureAwait(false);
            return new(new NatsJobStore(session), new NatsClusterStore(), options.Url);
        }
        catch (Exception error)
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            if (error is NatsException)
            {
                throw new BrokerUnavailableException($"{options.Url} cannot be used now: {error.Message}", error);
            }

            throw;
        }
    }

    private static bool IsRecent(string version) => Version.TryParse(version.Split('-')[0], out var number) && number >= new Version(2, 12);
}

/// <summary>How the NATS broker is opened.</summary>
/// <param name="Url">Where the server is.</param>
internal sealed record NatsBrokerOptions(string Url)
{
    /// <value>The first token of every subject and, in capitals, of every stream: one a tenant. Default <c>naq</c>.</value>
    public string Root { get; init; } = "naq";

    /// <value>How long a claim lasts without extension. Default 30 s.</value>
    public TimeSpan LeaseDuration { get; init; } = TimeSpan.FromSeconds(30);
}
