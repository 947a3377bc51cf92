using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Configuration;
using Naq.Configuration;
using Naq.Scaling.Pools;
using Naq.Scaling.Provisioners;

namespace Naq;

/// <summary>Says which pools a host scales and what a worker is started with.</summary>
public sealed class AutoscalerBuilder
{
    private const string Section = "Autoscaler";

    private readonly Dictionary<string, PoolOptions> _pools = new(StringComparer.Ordinal);

    internal AutoscalerBuilder()
    {
    }

    /// <value>The time between two regular decisions, 100 ms to 1 h; a burst is answered at once. Default 5 s.</value>
    public TimeSpan? Interval { get; set; }

    internal IReadOnlyList<string> Command { get; private set; } = ProcessTable.ThisProgram;

    internal IProvisioner? Provisioner { get; private set; }

    /// <summary>Adds a pool, or changes it where it was added already. Where the host's configuration has a pool of that name, that one counts instead.</summary>
    public AutoscalerBuilder Pool(string name, Action<PoolOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (!_pools.TryGetValue(name, out var pool))
        {
            _pools[name] = pool = new();
        }

        configure?.Invoke(pool);
        return this;
    }

    /// <summary>Starts workers as child processes of this program: <paramref name="command"/> with <c>worker QUEUE… --broker … --concurrency …</c> behind it.</summary>
    /// <param name="command">A program and its first arguments; it must understand Naq's command line (<c>NaqApp.RunAsync</c>). Default: the program that runs.</param>
    public AutoscalerBuilder WithProcesses(params IReadOnlyList<string> command)
    {
        ArgumentNullException.ThrowIfNull(command);
        Command = command.Count > 0 ? command : ProcessTable.ThisProgram;
        return this;
    }

    /// <summary>Has workers started and stopped by <paramref name="provisioner"/> instead: docs/extending.md. They go on when this host stops.</summary>
    public AutoscalerBuilder WithProvisioner(IProvisioner provisioner)
    {
        ArgumentNullException.ThrowIfNull(provisioner);
        Provisioner = provisioner;
        return this;
    }

    /// <summary>What is in force: the code's pools, and the configuration's instead of those where the names are the same.</summary>
    /// <exception cref="NaqConfigurationException">Something is wrong: one line a fault, all of them; or there is no pool.</exception>
    internal ScalingConfig Read(IConfiguration? configuration)
    {
        using var section = ConfigurationText.Read(configuration, Section);
        var faults = new List<string>();
        var node = section is null ? null : new SettingsNode(section.RootElement, $"{ConfigurationText.Root}.{Section}", faults, isText: true);
        var configured = node is null ? new(ScalingConfig.DefaultInterval, []) : ScalingConfigReader.ReadAutoscaler(node);
        var interval = node?.Has(nameof(Interval)) == true ? configured.Interval : Interval ?? ScalingConfig.DefaultInterval;
        var own = new JsonObject { [nameof(Interval)] = interval.TotalSeconds, ["Pools"] = new JsonObject([.. _pools.Select(static pool => KeyValuePair.Create(pool.Key, (JsonNode?)pool.Value.ToJson()))]) };
        using var code = JsonDocument.Parse(own.ToJsonString());
        var coded = ScalingConfigReader.ReadAutoscaler(new SettingsNode(code.RootElement, "AddAutoscaler", faults));
        foreach (var (name, pool) in _pools)
        {
            pool.CheckCustom(name, faults);
        }

        if (faults.Count > 0)
        {
            throw new NaqConfigurationException(string.Join('\n', faults));
        }

        var pools = configured.Pools.Concat(coded.Pools.Where(pool => configured.Pools.All(other => other.Name != pool.Name)).Select(pool => _pools[pool.Name].WithCustom(pool)));
        var config = new ScalingConfig(interval, [.. pools.Select(pool => Provisioner is null ? pool : pool with { Provisioner = Provisioner.Name })]);
        return config.Pools.Length > 0 ? config : throw new NaqConfigurationException("AddAutoscaler() has no pool. Add one with Pool(…), or to Naq:Autoscaler:Pools of the configuration.");
    }
}
