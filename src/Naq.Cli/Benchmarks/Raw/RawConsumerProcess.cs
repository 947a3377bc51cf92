using Microsoft.Extensions.Logging;
using NATS.Client.Core;
using Naq.Cli.Connecting;
using Naq.Cli.Invoking;
using Naq.Nats.Server;

namespace Naq.Cli.Benchmarks.Raw;

/// <summary>The other process of the raw engine's latency, as a worker is that of Naq's: <c>naq bench</c> starts it.</summary>
internal static class RawConsumerProcess
{
    /// <summary>The hidden option of <c>naq bench</c> that makes a process one.</summary>
    public const string Option = "--raw-consumer";

    /// <summary>Takes jobs until it is stopped.</summary>
    /// <exception cref="NaqConfigurationException">The broker is not NATS.</exception>
    /// <exception cref="BrokerUnavailableException">It cannot be reached, or answers no more.</exception>
    public static async Task RunAsync(Invocation run, CancellationToken ct)
    {
        if (run.Address() is not { Kind: BrokerKind.Nats } address)
        {
            throw new NaqConfigurationException("The raw consumer is for NATS: use --broker nats://HOST:PORT.");
        }

        var link = new Link(BrokerOpener.NatsOptions(address, null, run.Shell), run.Shell.Time, run.Loggers.CreateLogger<RawConsumer>());
        await using (link.ConfigureAwait(false))
        {
            try
            {
                await link.OpenAsync(ct).ConfigureAwait(false);
                await ConsumeAsync(link, run.Shell.Time, ct).ConfigureAwait(false);
            }
            catch (Exception error) when (error is NatsException or TimeoutException)
            {
                throw Failures.Unavailable(link, error);
            }
        }
    }

    private static async Task ConsumeAsync(Link link, TimeProvider time, CancellationToken ct)
    {
        var streams = new RawStreams(link);
        var results = await RawPublisher.OpenAsync(link, ct).ConfigureAwait(false);
        await using (results.ConfigureAwait(false))
        {
            await new RawConsumer(link, streams, results, time).RunOneByOneAsync(streams.Jobs, ct).ConfigureAwait(false);
        }
    }
}
