using Naq.Cli.Connecting;
using Naq.Cli.Invoking;
using Naq.Cli.Output;
using Naq.Sqlite;

namespace Naq.Cli.Benchmarks;

/// <summary>The engine that is measured: a fresh place for each measurement, and what it ran on.</summary>
internal abstract class BenchEngine : IAsyncDisposable
{
    /// <summary>What is measured without Naq, for the other figures to be compared with.</summary>
    public abstract IReadOnlyList<string> RawFigures { get; }

    /// <summary>At which durability the raw cycle is UNIT.</summary>
    public abstract Durability? Unit { get; }

    /// <summary>At which durabilities a scenario is measured; null: that is the server's.</summary>
    public abstract IReadOnlyList<Durability?> DurabilitiesOf(Scenario scenario);

    public abstract ValueTask<MachineDocument> LookAsync(CancellationToken ct);

    /// <summary>A broker with nothing in it, and a new folder beside.</summary>
    public abstract BenchPlace MakePlace(Durability? durability, int jobs, Random random);

    public abstract ValueTask DisposeAsync();

    /// <summary>Opens the engine that <c>--broker</c> names. The environment is not asked: nobody's jobs should share their broker with a benchmark by accident.</summary>
    /// <exception cref="NaqConfigurationException">It names something else.</exception>
    /// <exception cref="BrokerUnavailableException">There is no server.</exception>
    public static async ValueTask<BenchEngine> OpenAsync(Invocation run, string folder, CancellationToken ct)
    {
        switch (run.BrokerFlag)
        {
            case null or "sqlite":
                return new SqliteEngine(run, folder);
            case "nats":
                return await NatsEngine.StartAsync(run, folder, ct).ConfigureAwait(false);
            default:
                return BrokerAddress.Resolve(run.BrokerFlag, run.Shell) is { Kind: BrokerKind.Nats } address
                    ? await NatsEngine.ConnectAsync(run, folder, address, ct).ConfigureAwait(false)
                    : throw new NaqConfigurationException(
                        "naq bench makes brokers of its own: use --broker sqlite (the default; files in --dir), --broker nats (a server of its own) or --broker nats://HOST:PORT.");
        }
    }
}
