using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Naq.Brokers;

namespace Naq;

/// <summary>Something in a host that works on the broker from the host's start to its end, and waits for a broker that is away.</summary>
internal abstract partial class BrokerService(IServiceProvider services) : IHostedService, IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private Task _running = Task.CompletedTask;

    protected IServiceProvider Services { get; } = services;

    protected TimeProvider Time { get; } = services.GetRequiredService<TimeProvider>();

    protected ILoggerFactory Loggers { get; } = services.GetRequiredService<ILoggerFactory>();

    protected Random Random { get; } = new();

    /// <summary>Whatever is wrong with the program ends the host's start; a broker that is away does not.</summary>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        Prepare();
        _running = RunAsync();
        if (_running.IsFaulted)
        {
            return _running;
        }

        _ = WatchAsync(_running);
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await EndAsync(_running, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // what it threw was said
    }

    public virtual void Dispose() => _stop.Dispose();

    /// <summary>Looks at everything that may be wrong before the broker is opened.</summary>
    /// <exception cref="NaqConfigurationException">It is.</exception>
    protected abstract void Prepare();

    /// <summary>Works until <paramref name="stop"/>, and ends in good order.</summary>
    protected abstract Task WorkAsync(Broker broker, CancellationToken stop);

    /// <summary>Waits for the end of the work, which was asked to; <paramref name="impatience"/> fires when the host will wait no longer.</summary>
    protected abstract Task EndAsync(Task running, CancellationToken impatience);

    private async Task RunAsync()
    {
        var holder = Services.GetRequiredService<BrokerHolder>();
        var log = Loggers.CreateLogger(GetType().FullName!); // the name of a class is never null
        if (await PatientOpening.OpenAsync(_ => new(holder.Broker), Time, Random, log, _stop.Token).ConfigureAwait(false) is { } broker)
        {
            await WorkAsync(broker, _stop.Token).ConfigureAwait(false);
        }
    }

    /// <summary>A host that has lost its worker or autoscaler is of no use, and whoever supervises it shall know.</summary>
    private async Task WatchAsync(Task running)
    {
        try
        {
            await running.ConfigureAwait(false);
        }
        catch (Exception fault)
        {
            LogEnded(Loggers.CreateLogger(GetType().FullName!), fault);
            Services.GetService<IHostApplicationLifetime>()?.StopApplication();
        }
    }

    [LoggerMessage(1042, LogLevel.Critical, "It has ended by a fault, and the host stops")]
    private static partial void LogEnded(ILogger log, Exception fault);
}
