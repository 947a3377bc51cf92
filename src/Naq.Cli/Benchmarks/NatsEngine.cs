using System.Globalization;
using Microsoft.Extensions.Logging;
using NATS.Client.Core;
using Naq.Cli.Benchmarks.Raw;
using Naq.Cli.Connecting;
using Naq.Cli.Invoking;
using Naq.Cli.Output;
using Naq.Nats;
using Naq.Nats.Local;
using Naq.Nats.Server;
using Naq.Sqlite;

namespace Naq.Cli.Benchmarks;

/// <summary>NATS JetStream: a server of its own or a running one, streams under a prefix of their own for each measurement.</summary>
internal sealed class NatsEngine : BenchEngine
{
    private readonly Invocation _run;
    private readonly string _folder;
    private readonly BrokerAddress _address;
    private readonly NatsBrokerOptions _options;
    private readonly LocalServer? _server;
    private readonly string _version;
    private readonly int _number;
    private int _places;

    private NatsEngine(Invocation run, string folder, BrokerAddress address, NatsBrokerOptions options, LocalServer? server, string version)
    {
        (_run, _folder, _address, _options, _server, _version) = (run, folder, address, options, server, version);
        _number = run.Shell.Random.Next();
    }

    public override IReadOnlyList<string> RawFigures { get; } =
        [RawFigure.Enqueue, RawFigure.Drain, RawFigure.DrainQueues, RawFigure.Cycle, RawFigure.CycleResults, RawFigure.LatencyP50, RawFigure.LatencyP99];

    public override Durability? Unit => null;

    /// <summary>Starts a server that syncs as servers do where nobody says otherwise: what is measured is the engine, not the disk.</summary>
    public static async ValueTask<NatsEngine> StartAsync(Invocation run, string folder, CancellationToken ct)
    {
        var own = Path.Combine(folder, "nats");
        var store = Path.Combine(own, "store").Replace("\\", "\\\\", StringComparison.Ordinal);
        var server = await LocalServer.StartAsync(own, LocalServer.AnyPort, $"jetstream {{ store_dir: \"{store}\" }}\nhttp: \"127.0.0.1:-1\"", ct).ConfigureAwait(false);
        try
        {
            var address = new BrokerAddress(BrokerKind.Nats, server.Url, "bench");
            return await OpenAsync(run, folder, address, new() { Url = server.Url, MonitorUrl = server.MonitorUrl }, server, ct).ConfigureAwait(false);
        }
        catch
        {
            await server.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public static ValueTask<NatsEngine> ConnectAsync(Invocation run, string folder, BrokerAddress address, CancellationToken ct) =>
        OpenAsync(run, folder, address, BrokerOpener.NatsOptions(address, null, run.Shell), null, ct);

    public override IReadOnlyList<Durability?> DurabilitiesOf(Scenario scenario) => [null];

    public override async ValueTask<MachineDocument> LookAsync(CancellationToken ct)
    {
        // Of somebody else's server the disk is not known, nor the machine.
        var machine = Machine.Look(_server is null ? null : _folder, _run.Shell.Time);
        return machine with { NatsServer = _version, SyncInterval = Name(await SyncInterval.ReadAsync(_options.MonitorUrl, ct).ConfigureAwait(false)) };
    }

    public override BenchPlace MakePlace(Durability? durability, int jobs, Random random)
    {
        var prefix = string.Create(CultureInfo.InvariantCulture, $"naq-bench-{_number:x8}-{++_places}");
        return new NatsPlace(_run, Path.Combine(_folder, "place"), _address, _options with { Prefix = prefix }, _server?.Pid, jobs, random);
    }

    public override ValueTask DisposeAsync() => _server?.DisposeAsync() ?? default;

    private static async ValueTask<NatsEngine> OpenAsync(
        Invocation run, string folder, BrokerAddress address, NatsBrokerOptions options, LocalServer? server, CancellationToken ct)
    {
        var link = new Link(options, run.Shell.Time, run.Loggers.CreateLogger<NatsEngine>());
        await using (link.ConfigureAwait(false))
        {
            try
            {
                await link.OpenAsync(ct).ConfigureAwait(false);
                return new(run, folder, address, options, server, link.Connection.ServerInfo!.Version); // There since it was opened.
            }
            catch (Exception error) when (error is NatsException or TimeoutException)
            {
                throw Failures.Unavailable(link, error);
            }
        }
    }

    private static string Name(TimeSpan? interval) => interval switch
    {
        null => Machine.Unknown,
        { Ticks: 0 } => "always",
        var every => Quantities.Format(every.Value),
    };
}
