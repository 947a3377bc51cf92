using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Naq.Brokers;
using Naq.Cluster;
using Naq.Workers;

namespace Naq;

/// <summary>A worker inside a host: starts with it, drains when it stops.</summary>
internal sealed class WorkerService(IReadOnlyList<QueueSource> queues, WorkerOptions options, IServiceProvider services) : IHostedService, IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private Worker? _worker;
    private Task? _running;

    /// <summary>What the worker is at; null: it was not started, or waits for the broker.</summary>
    public WorkerState? State => _worker?.State;

    /// <summary>Whatever is wrong with the program ends the host's start; a broker that is away does not.</summary>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        var handlers = HandlerTable.Of(services);
        WorkerOptionsRules.Require(options, queues);
        _running = RunAsync(handlers);
        return _running.IsFaulted ? _running : Task.CompletedTask;
    }

    /// <summary>Drains within the worker's drain timeout; at once when the host's own patience ends.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        if (_running is not null)
        {
            using var impatience = cancellationToken.UnsafeRegister(static service => ((WorkerService)service!)._worker?.HandBackNow(), this);
            await _running.ConfigureAwait(false);
        }
    }

    public void Dispose()
    {
        _worker?.Dispose();
        _stop.Dispose();
    }

    private async Task RunAsync(HandlerTable handlers)
    {
        var holder = services.GetRequiredService<BrokerHolder>();
        var (time, random, loggers) = (services.GetRequiredService<TimeProvider>(), new Random(), services.GetRequiredService<ILoggerFactory>());
        if (await PatientOpening.OpenAsync(_ => new(holder.Broker), time, random, loggers.CreateLogger<WorkerService>(), _stop.Token).ConfigureAwait(false) is { } broker)
        {
            _worker = new(broker, handlers, queues, options, services, time, random, loggers);
            using var draining = _stop.Token.UnsafeRegister(static worker => ((Worker)worker!).Drain(), _worker);
            await _worker.RunAsync().ConfigureAwait(false);
        }
    }
}
