using Microsoft.Extensions.Logging;
using NATS.Client.Core;
using Naq.Brokers;
using Naq.Nats.Server;

namespace Naq.Nats;

/// <summary>Opens the broker on NATS JetStream.</summary>
public static class NatsBroker
{
    /// <summary>How long requests that are not answered are made again while a broker is opened: a cluster elects leaders, and workers start when all else does.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private static readonly RetryPolicy Again = RetryPolicy.Exponential(1, TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(1));

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
            var (random, since) = (new Random(), time.GetTimestamp());
            for (var attempt = 1; ; attempt++)
            {
                try
                {
                    return await PrepareAsync(link, log, ct).ConfigureAwait(false);
                }
                catch (Exception lost) when (
                    time.GetElapsedTime(since) < Patience && link.Refusal is null && (Failures.IsOperational(lost, ct) || lost is BrokerUnavailableException))
                {
                    // The server is there, but busy, or elects a leader; all of it can be done again.
                    await Task.Delay(Again.DelayAfter(attempt, random), time, ct).ConfigureAwait(false);
                }
            }
        }
        catch (Exception error)
        {
            await link.DisposeAsync().ConfigureAwait(false);
            if (error is NatsException or TimeoutException)
            {
                throw Failures.Unavailable(link, error);
            }

            throw;
        }
    }

    private static async ValueTask<Broker> PrepareAsync(Link link, ILogger log, CancellationToken ct)
    {
        var cluster = new NatsClusterStore(link);
        await Topology.EnsureAsync(link, link.Options, log, ct).ConfigureAwait(false);
        await link.Clock.MeasureAsync(ct).ConfigureAwait(false);
        link.Lease = await Topology.AgreeOnLeaseAsync(cluster, link.Options.LeaseDuration, ct).ConfigureAwait(false);
        var jobs = await NatsJobStore.OpenAsync(link, cluster, log, ct).ConfigureAwait(false);
        return new(jobs, cluster, link.Options.Address);
    }
}
