using System.Globalization;
using Naq.Brokers;
using Naq.Cli.Connecting;
using Naq.Cli.Logging;
using Naq.Cli.Parsing;
using Naq.Cli.Probing;
using Naq.Cli.Shells;

namespace Naq.Cli.Working;

/// <summary>All that <c>naq worker</c> was told, from flags and environment; writes itself down again as arguments for a child.</summary>
internal sealed record WorkerSettings
{
    public required IReadOnlyList<QueueSource> Queues { get; init; }

    public string? Name { get; init; }

    public int? Concurrency { get; init; }

    public TimeSpan? MaxAge { get; init; }

    public long? MaxJobs { get; init; }

    public long? MaxMemoryBytes { get; init; }

    public TimeSpan? DrainTimeout { get; init; }

    public TimeSpan? Lease { get; init; }

    /// <summary>Where to serve health; null: nowhere.</summary>
    public HealthAddress? Health { get; init; }

    public IReadOnlyList<string> AllowedPrograms { get; init; } = [];

    /// <summary>Whether it will ask to be replaced some day.</summary>
    public bool Recycles => MaxAge is not null || MaxJobs is not null || MaxMemoryBytes is not null;

    /// <summary>The options of the worker in this process; pool and replica come from whoever started it.</summary>
    /// <exception cref="NaqConfigurationException">The environment holds something wrong.</exception>
    public WorkerOptions ToOptions(Shell shell)
    {
        var options = new WorkerOptions
        {
            Name = Name,
            MaxAge = MaxAge,
            MaxJobs = MaxJobs,
            MaxMemoryBytes = MaxMemoryBytes,
            Pool = shell.Variable("NAQ_POOL"),
            Replica = shell.Variable("NAQ_REPLICA"),
        };
        options.Concurrency = Concurrency ?? options.Concurrency;
        options.DrainTimeout = DrainTimeout ?? options.DrainTimeout;
        if (shell.Variable("NAQ_POOL_MAX") is { } max)
        {
            options.PoolMax = int.TryParse(max, NumberStyles.None, CultureInfo.InvariantCulture, out var seats)
                ? seats
                : throw new NaqConfigurationException($"NAQ_POOL_MAX '{max}' is not a whole number.");
        }

        return options;
    }

    /// <summary>The arguments of a <c>naq</c> process that runs such a worker.</summary>
    public IReadOnlyList<string> ToArguments(BrokerAddress broker, LogFormat logFormat, Microsoft.Extensions.Logging.LogLevel logLevel)
    {
        List<string> arguments = ["worker", .. Queues.Select(Text), "--broker", broker.ToString()];
        void Add(string option, string? value)
        {
            if (value is not null)
            {
                arguments.Add(option);
                arguments.Add(value);
            }
        }

        Add("--name", Name);
        Add("--concurrency", Concurrency?.ToString(CultureInfo.InvariantCulture));
        Add("--worker-ttl", MaxAge is { } age ? Quantities.Format(age) : null);
        Add("--max-jobs", MaxJobs?.ToString(CultureInfo.InvariantCulture));
        Add("--max-memory", MaxMemoryBytes?.ToString(CultureInfo.InvariantCulture));
        Add("--drain-timeout", DrainTimeout is { } drain ? Quantities.Format(drain) : null);
        Add("--lease", Lease is { } lease ? Quantities.Format(lease) : null);
        Add("--health-port", Health?.Port.ToString(CultureInfo.InvariantCulture));
        Add("--health-host", Health?.Host.ToString());
        foreach (var program in AllowedPrograms)
        {
            Add("--allow-exec", program);
        }

        Add("--log-format", Choice.NameOf(logFormat));
        Add("--log-level", Choice.NameOf(logLevel));
        return arguments;
    }

    private static string Text(QueueSource queue) =>
        queue.Weight is { } weight ? string.Create(CultureInfo.InvariantCulture, $"{queue.NameOrPattern}:{weight}") : queue.NameOrPattern;
}
