using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Primitives;
using Naq.Brokers;
using Naq.Scaling.Provisioners;

namespace Naq.Scaling.Hosting;

/// <summary>An autoscaler inside a host: starts with it, follows its configuration, and drains its workers when it stops.</summary>
internal sealed partial class AutoscalerService(AutoscalerBuilder builder, IServiceProvider services, ILogger<AutoscalerService> logger) : IHostedService, IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private Task _running = Task.CompletedTask;

    /// <summary>Whatever is wrong with the pools ends the host's start; a broker that is away does not.</summary>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (Environment.GetEnvironmentVariable("NAQ_REPLICA") is not null)
        {
            // It would scale in its turn, and so would what it starts.
            throw new NaqConfigurationException(
                "This process was started as a worker and is about to start workers itself. Let the program begin with: if (args is [\"worker\", ..]) return await NaqApp.RunAsync(args, naq => naq.AddJobs());");
        }

        var config = builder.Read(services.GetService<IConfiguration>());
        _running = RunAsync(config);
        return _running.IsFaulted ? _running : Task.CompletedTask;
    }

    /// <summary>Returns when the last worker is gone, or when the host loses its patience: then they go on as others' and drain when their input ends.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _running.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public void Dispose() => _stop.Dispose();

    private async Task RunAsync(Pools.ScalingConfig config)
    {
        var (time, random, loggers) = (services.GetRequiredService<TimeProvider>(), new Random(), services.GetRequiredService<ILoggerFactory>());
        var holder = services.GetRequiredService<BrokerHolder>();
        if (await PatientOpening.OpenAsync(_ => new(holder.Broker), time, random, logger, _stop.Token).ConfigureAwait(false) is { } broker)
        {
            var host = builder.Provisioner is { } provisioner
                ? new PoolHost(config, broker, provisioner, time, loggers)
                : new PoolHost(config, broker, services.GetService<IProcessTable>() ?? new ProcessTable(builder.Command, Console.Error, time), [], time, random, loggers);
            using var following = Follow(host);
            await host.RunAsync(_stop.Token).ConfigureAwait(false);
        }
    }

    private IDisposable? Follow(PoolHost host)
    {
        var configuration = services.GetService<IConfiguration>();
        return configuration is null ? null : ChangeToken.OnChange(configuration.GetReloadToken, () =>
        {
            try
            {
                host.Reload(builder.Read(configuration));
            }
            catch (NaqConfigurationException wrong)
            {
                LogRefused(Printable.Escape(wrong.Message.ReplaceLineEndings(" ")));
            }
        });
    }

    [LoggerMessage(3040, LogLevel.Error, "The changed configuration is not used, the one before stays: {Reason}")]
    private partial void LogRefused(string reason);
}
