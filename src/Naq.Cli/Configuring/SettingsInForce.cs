using System.Globalization;
using Naq.Cli.Connecting;
using Naq.Cli.Shells;
using Naq.Nats;
using Naq.Scaling.Pools;
using Naq.Sqlite;

namespace Naq.Cli.Configuring;

/// <summary>What a command started here would find: every setting, and who has set it. Nothing is opened.</summary>
internal sealed class SettingsInForce(Shell shell, string? brokerFlag)
{
    private const string Masked = "********";

    /// <summary>All settings that mean something for the broker that was resolved.</summary>
    /// <exception cref="NaqConfigurationException">Something is wrong: one line a fault.</exception>
    public IReadOnlyList<Setting> All()
    {
        var address = BrokerAddress.Resolve(brokerFlag, shell);
        BrokerOpener.RequireValid(address, shell);
        WorkerEnvironment.Read(shell).ThrowIfWrong();
        var broker = new Setting("broker", address.ToString(), OriginOf(address.Source), address.Source);
        return [broker, .. OfBroker(address), Of("job_serializer", "NAQ_JOB_SERIALIZER", "json"), .. OfWorker(), .. OfPools()];
    }

    private IEnumerable<Setting> OfBroker(BrokerAddress address) => address.Kind switch
    {
        BrokerKind.Sqlite => OfSqlite(new() { Path = address.Path }),
        BrokerKind.Nats => OfNats(new() { Url = address.Path }),
        BrokerKind.Memory => [],
    };

    private IEnumerable<Setting> OfSqlite(SqliteBrokerOptions defaults) =>
    [
        Of("durability", "NAQ_DURABILITY", defaults.Durability.ToString().ToLowerInvariant()),
        Of("min_free_disk", "NAQ_MIN_FREE_DISK", Text(defaults.MinFreeDiskBytes / 1_000_000) + "MB"),
    ];

    private IEnumerable<Setting> OfNats(NatsBrokerOptions defaults) =>
    [
        Of("nats.prefix", "NAQ_NATS_PREFIX", defaults.Prefix),
        Of("nats.domain", "NAQ_NATS_DOMAIN", null),
        Of("nats.replicas", "NAQ_NATS_REPLICAS", Text(defaults.Replicas)),
        Of("nats.max_bytes", "NAQ_NATS_MAX_BYTES", null),
        Of("nats.user", "NAQ_NATS_USER", null),
        Secret("nats.password", "NAQ_NATS_PASSWORD"),
        Secret("nats.token", "NAQ_NATS_TOKEN"),
        Of("nats.nkey", "NAQ_NATS_NKEY", null),
        Of("nats.creds", "NAQ_NATS_CREDS", null),
        Of("nats.ca", "NAQ_NATS_CA", null),
        Of("nats.cert", "NAQ_NATS_CERT", null),
        Of("nats.key", "NAQ_NATS_KEY", null),
        Of("nats.monitor_url", "NAQ_NATS_MONITOR_URL", null),
    ];

    private IEnumerable<Setting> OfWorker()
    {
        var defaults = new WorkerOptions();
        return
        [
            Of("worker.concurrency", "NAQ_CONCURRENCY", Text(defaults.Concurrency)),
            Of("worker.max_age", "NAQ_WORKER_MAX_AGE", null),
            Of("worker.max_jobs", "NAQ_MAX_JOBS", null),
            Of("worker.max_memory", "NAQ_MAX_MEMORY", null),
            Of("worker.drain_timeout", "NAQ_DRAIN_TIMEOUT", Quantities.Format(defaults.DrainTimeout)),
            Of("worker.ledger", "NAQ_LEDGER", null),
        ];
    }

    private IEnumerable<Setting> OfPools()
    {
        var path = Path.Combine(shell.Directory, NaqFile.Name);
        var config = File.Exists(path) ? ScalingConfigReader.ReadFile(path) : null;
        var pools = config?.Pools.Select(static pool => pool.Name).ToList() ?? [];
        var interval = config?.Interval ?? ScalingConfig.DefaultInterval;
        return
        [
            new("pools", pools.Count > 0 ? string.Join(' ', pools) : "default", pools.Count > 0 ? Origin.File : Origin.Default, NaqFile.Name),
            new("autoscaler.interval", Quantities.Format(interval), interval == ScalingConfig.DefaultInterval ? Origin.Default : Origin.File, NaqFile.Name),
        ];
    }

    private Setting Of(string name, string variable, string? otherwise) => shell.Variable(variable) is { } value
        ? new(name, value, Origin.Environment, variable)
        : new(name, otherwise, Origin.Default, variable);

    /// <summary>A file's name is no secret, what stands in it is.</summary>
    private Setting Secret(string name, string variable) => shell.Variable(variable + "_FILE") is { } file
        ? new(name, file, Origin.Environment, variable + "_FILE")
        : new(name, shell.Variable(variable) is null ? null : Masked, shell.Variable(variable) is null ? Origin.Default : Origin.Environment, variable);

    private static Origin OriginOf(string source) => source switch
    {
        "--broker" => Origin.Flag,
        NaqFile.Name => Origin.File,
        "default" => Origin.Default,
        _ => Origin.Environment,
    };

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
