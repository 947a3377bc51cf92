using Microsoft.Extensions.Logging;
using NATS.Client.Core;
using Naq.Brokers;
using Naq.Cli.Benchmarks.Raw;
using Naq.Cli.Connecting;
using Naq.Cli.Invoking;
using Naq.Nats;
using Naq.Nats.Server;

namespace Naq.Cli.Benchmarks;

/// <summary>Streams under a prefix of their own.</summary>
internal sealed class NatsPlace(
    Invocation run, string folder, BrokerAddress address, NatsBrokerOptions options, int? serverPid, int jobs, Random random) : BenchPlace(run, folder, null, jobs, random)
{
    public NatsBrokerOptions Options => options;

    public override BrokerAddress Address => address;

    public override IReadOnlyDictionary<string, string> Variables { get; } = new Dictionary<string, string> { ["NAQ_NATS_PREFIX"] = options.Prefix };

    public override int? ServerPid => serverPid;

    public override ValueTask<Broker> OpenAsync(CancellationToken ct) => NatsBroker.OpenAsync(options, Time, Run.Loggers, ct);

    public override Task<IReadOnlyList<Sample>> MeasureRawAsync(CancellationToken ct) => new RawNats(this).MeasureAsync(ct);

    /// <summary>A connection without a broker.</summary>
    public async ValueTask<Link> ConnectAsync(CancellationToken ct)
    {
        var link = new Link(options, Time, Run.Loggers.CreateLogger<NatsPlace>());
        await link.OpenAsync(ct).ConfigureAwait(false);
        return link;
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync().ConfigureAwait(false);
        try
        {
            var link = await ConnectAsync(CancellationToken.None).ConfigureAwait(false);
            await using (link.ConfigureAwait(false))
            {
                await Topology.DeleteAsync(link, CancellationToken.None).ConfigureAwait(false);
            }
        }
        catch (Exception error) when (error is NatsException or TimeoutException)
        {
            Run.Note($"the streams under the prefix {options.Prefix} are left at {options.Address}: {error.Message}");
        }
    }
}
