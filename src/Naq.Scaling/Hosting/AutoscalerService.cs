using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Primitives;
using Naq.Brokers;
using Naq.Scaling.Pools;
using Naq.Scaling.Provisioners;

namespace Naq.Scaling.Hosting;

/// <summary>An autoscaler inside a host: starts with it, follows its configuration, and drains its workers when it stops.</summary>
internal sealed partial class AutoscalerService(AutoscalerBuilder builder, IServiceProvider services, ILogger<AutoscalerService> logger) : BrokerService(services)
{
    private readonly IConfiguration? _configuration = services.GetService<IConfiguration>();
    private ScalingConfig? _config;

    protected override void Prepare()
    {
        if (Environment.GetEnvironmentVariable("NAQ_REPLICA") is not null)
        {
            // It would scale in its turn, and so would what it starts.
            throw new NaqConfigurationException(
                "This process was started as a worker and is about to start workers itself. Let the program begin with: if (args is [\"worker\", ..]) return await NaqApp.RunAsync(args, naq => naq.AddJobs());");
        }

        _config = builder.Read(_configuration);
    }

    protected override async Task WorkAsync(Broker broker, CancellationToken stop)
    {
        var host = builder.Provisioner is { } provisioner
            ? new PoolHost(_config!, broker, provisioner, Time, Loggers) // not null: prepared
            : new PoolHost(_config!, broker, Services.GetService<IProcessTable>() ?? new ProcessTable(builder.Command, Console.Error, Time), [], Time, Random, Loggers);
        using var following = Follow(host);
        await host.RunAsync(stop).ConfigureAwait(false);
    }

    /// <summary>Until the last worker is gone, or the host loses its patience: then they go on as others' and drain when their input ends.</summary>
    protected override Task EndAsync(Task running, CancellationToken impatience) => running.WaitAsync(impatience);

    private IDisposable? Follow(PoolHost host) => _configuration is null ? null : ChangeToken.OnChange(_configuration.GetReloadToken, () =>
    {
        try
        {
            host.Reload(builder.Read(_configuration));
        }
        catch (NaqConfigurationException wrong)
        {
            LogRefused(Printable.Escape(wrong.Message.ReplaceLineEndings(" ")));
        }
    });

    [LoggerMessage(3040, LogLevel.Error, "The changed configuration is not used, the one before stays: {Reason}")]
    private partial void LogRefused(string reason);
}
