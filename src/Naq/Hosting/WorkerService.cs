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
    private Worker? _worker;
    private Task? _running;

    /// <summary>What the worker is at; null: it was not started.</summary>
    public WorkerState? State => _worker?.State;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _worker = new(
            services.GetRequiredService<BrokerHolder>().Broker, HandlerTable.Of(services), queues, options, services,
            services.GetRequiredService<TimeProvider>(), new Random(), services.GetRequiredService<ILoggerFactory>());
        _running = _worker.RunAsync();
        return Task.CompletedTask;
    }

    /// <summary>Drains within the worker's drain timeout; at once when the host's own patience ends.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_worker is not null && _running is not null)
        {
            _worker.Drain();
            using var impatience = cancellationToken.UnsafeRegister(static worker => ((Worker)worker!).HandBackNow(), _worker);
            await _running.ConfigureAwait(false);
        }
    }

    public void Dispose() => _worker?.Dispose();
}
