using Microsoft.Extensions.Logging;
using NATS.Client.Core;
using Naq.Brokers;
using Naq.Nats.Server;

namespace Naq.Nats;

/// <summary>Opens the broker on NATS JetStream.</summary>
public static class NatsBroker
{
    /// <summary>Connects, and makes the streams where they are missing. Any number of processes on any number of machines may have it open.</summary>
    /// <exception cref="NaqConfigurationException">An option is wrong, or a stream of that name has another shape.</exception>
    /// <exception cref="LeaseMismatchException">It was made with another lease duration.</exception>
    /// <exception cref="BrokerUnavailableException">The server cannot be reached, refuses, has no JetStream, or is older than 2.12.</exception>
    public static async ValueTask<Broker> OpenAsync(NatsBrokerOptions options, TimeProvider time, ILoggerFactory loggers, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        var log = loggers.CreateLogger("Naq.Nats");
        var link = new Link(options, time, log);
        try
        {
            await link.OpenAsync(ct).ConfigureAwait(false);
            var cluster = new NatsClusterStore(link);
            await Topology.EnsureAsync(link, options, log, ct).ConfigureAwait(false);
            await link.Clock.MeasureAsync(ct).ConfigureAwait(false);
            link.Lease = await Topology.AgreeOnLeaseAsync(cluster, options.LeaseDuration, ct).ConfigureAwait(false);
            var jobs = await NatsJobStore.OpenAsync(link, cluster, log, ct).ConfigureAwait(false);
            return new(jobs, cluster, options.Address);
        }
        catch (Exception error)
        {
            await link.DisposeAsync().ConfigureAwait(false);
            if (error is NatsException)
            {
                throw Failures.Unavailable(link, error);
            }

            throw;
        }
    }
}
