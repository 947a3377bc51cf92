using Microsoft.Extensions.Logging;
using Naq.Cli.Benchmarks.Raw;
using Naq.Cli.Connecting;
using Naq.Cli.Invoking;
using Naq.Cli.Shells;
using Naq.Nats.Server;

namespace Naq.Cli.Commands.Working;

/// <summary>The other process of the raw engine's latency, as a worker is that of Naq's: <c>naq bench</c> starts it.</summary>
internal sealed class RawConsumerCommand : NaqCommand
{
    public const string Called = "raw-consumer";

    public RawConsumerCommand() : base(Called, "Take the jobs of the raw engine until stopped. For naq bench itself.") => Hidden = true;

    protected override async Task<int> RunAsync(Invocation run, CancellationToken ct)
    {
        var address = run.Address() is { Kind: BrokerKind.Nats } named
            ? named
            : throw new NaqConfigurationException($"{Called} needs NATS: use --broker nats://HOST:PORT.");
        var link = new Link(BrokerOpener.NatsOptions(address, null, run.Shell), run.Shell.Time, run.Loggers.CreateLogger<RawConsumerCommand>());
        await using (link.ConfigureAwait(false))
        {
            await link.OpenAsync(ct).ConfigureAwait(false);
            var streams = new RawStreams(link);
            var results = await RawPublisher.OpenAsync(link, ct).ConfigureAwait(false);
            await using (results.ConfigureAwait(false))
            {
                await new RawConsumer(link, streams, results, run.Shell.Time).RunOneByOneAsync(streams.Jobs, ct).ConfigureAwait(false);
                return ExitCodes.Ok;
            }
        }
    }
}
