using Microsoft.Extensions.Logging;
using Naq.Brokers;
using Naq.Cli.Parsing;
using Naq.Cli.Shells;
using Naq.Nats;
using Naq.Sqlite;

namespace Naq.Cli.Connecting;

/// <summary>Opens the resolved broker, after the checks that come before anything is touched.</summary>
internal static class BrokerOpener
{
    private static readonly string[] Serializers = ["json", "messagepack", "pickle"];

    /// <exception cref="NaqConfigurationException">The environment asks for a serialiser that is not here, or the file is not Naq's.</exception>
    /// <exception cref="BrokerUnavailableException">The broker cannot be used now.</exception>
    public static async ValueTask<Broker> OpenAsync(BrokerAddress address, TimeSpan? lease, Shell shell, ILoggerFactory loggers, CancellationToken ct)
    {
        RequireSerializer(shell.Variable("NAQ_JOB_SERIALIZER"));
        switch (address.Kind)
        {
            case BrokerKind.Sqlite:
                MakeFolder(address);
                return await SqliteBroker.OpenAsync(SqliteOptions(address, lease, shell), shell.Time, loggers, ct).ConfigureAwait(false);
            case BrokerKind.Nats:
                return await NatsBroker.OpenAsync(NatsOptions(address, lease, shell), shell.Time, loggers, ct).ConfigureAwait(false);
            case BrokerKind.Memory:
                return MemoryBroker.Open(lease is { } duration ? new() { LeaseDuration = duration } : null, shell.Time);
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    /// <summary>Looks at what the environment says of a broker, without opening it.</summary>
    /// <exception cref="NaqConfigurationException">Something of it is wrong.</exception>
    public static void RequireValid(BrokerAddress address, Shell shell)
    {
        RequireSerializer(shell.Variable("NAQ_JOB_SERIALIZER"));
        switch (address.Kind)
        {
            case BrokerKind.Sqlite:
                SqliteOptions(address, null, shell).Validate();
                break;
            case BrokerKind.Nats:
                NatsOptions(address, null, shell).Validate();
                break;
            case BrokerKind.Memory:
                break;
        }
    }

    /// <summary>What the environment says of a NATS broker.</summary>
    /// <exception cref="NaqConfigurationException">Something that it cannot be.</exception>
    public static NatsBrokerOptions NatsOptions(BrokerAddress address, TimeSpan? lease, Shell shell)
    {
        var environment = new EnvironmentOptions(shell);
        var options = new NatsBrokerOptions { Url = address.Path, LeaseDuration = lease };
        options = options with
        {
            Prefix = shell.Variable("NAQ_NATS_PREFIX") ?? options.Prefix,
            Domain = shell.Variable("NAQ_NATS_DOMAIN"),
            Replicas = environment.Number("NAQ_NATS_REPLICAS") ?? options.Replicas,
            MaxBytes = environment.Size("NAQ_NATS_MAX_BYTES"),
            User = shell.Variable("NAQ_NATS_USER"),
            Password = environment.Secret("NAQ_NATS_PASSWORD"),
            Token = environment.Secret("NAQ_NATS_TOKEN"),
            NKeyFile = environment.File("NAQ_NATS_NKEY"),
            CredentialsFile = environment.File("NAQ_NATS_CREDS"),
            CaFile = environment.File("NAQ_NATS_CA"),
            CertificateFile = environment.File("NAQ_NATS_CERT"),
            KeyFile = environment.File("NAQ_NATS_KEY"),
            MonitorUrl = environment.Address("NAQ_NATS_MONITOR_URL"),
        };
        environment.ThrowIfWrong();
        return options;
    }

    private static SqliteBrokerOptions SqliteOptions(BrokerAddress address, TimeSpan? lease, Shell shell)
    {
        var environment = new EnvironmentOptions(shell);
        var options = new SqliteBrokerOptions { Path = address.Path, LeaseDuration = lease };
        options = options with
        {
            Durability = environment.OneOf("NAQ_DURABILITY", options.Durability),
            MinFreeDiskBytes = environment.Size("NAQ_MIN_FREE_DISK") ?? options.MinFreeDiskBytes,
        };
        environment.ThrowIfWrong();
        return options;
    }

    private static void RequireSerializer(string? name)
    {
        switch (name)
        {
            case null or "json":
                return;
            case "messagepack":
                throw new NaqConfigurationException("NAQ_JOB_SERIALIZER=messagepack is not in this build yet. Use json.");
            case "pickle":
                throw new NaqConfigurationException(
                    "NAQ_JOB_SERIALIZER=pickle is refused: reading a pickle runs code that whoever can enqueue has chosen. Use json.");
            default:
                throw new NaqConfigurationException($"NAQ_JOB_SERIALIZER '{name}' is not known: use json.{Nearest.DidYouMean(name, Serializers)}");
        }
    }

    // Only the default's folder is made: a misspelt path should be an error, not a new and empty broker.
    private static void MakeFolder(BrokerAddress address)
    {
        var folder = Path.GetDirectoryName(address.Path);
        if (folder is null || Directory.Exists(folder))
        {
            return;
        }

        if (address.Source != "default")
        {
            throw new NaqConfigurationException($"The folder of {address} does not exist. Make it, or correct the path.");
        }

        try
        {
            _ = OperatingSystem.IsWindows()
                ? Directory.CreateDirectory(folder)
                : Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new NaqConfigurationException($"The folder '{folder}' cannot be made: {error.Message}", error);
        }
    }
}
