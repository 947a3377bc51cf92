using Naq.Brokers;
using Naq.Cluster;
using Naq.Workers;

namespace Naq;

/// <summary>A worker inside a host: starts with it, drains when it stops.</summary>
internal sealed class WorkerService(IReadOnlyList<QueueSource> queues, WorkerOptions options, IServiceProvider services) : BrokerService(services)
{
    private HandlerTable? _handlers;
    private Worker? _worker;

    /// <summary>What the worker is at; null: it was not started, or waits for the broker.</summary>
    public WorkerState? State => _worker?.State;

    public override void Dispose()
    {
        _worker?.Dispose();
        base.Dispose();
    }

    protected override void Prepare()
    {
        _handlers = HandlerTable.Of(Services);
        WorkerOptionsRules.Require(options, queues);
    }

    protected override async Task WorkAsync(Broker broker, CancellationToken stop)
    {
        _worker = new(broker, _handlers!, queues, options, Services, Time, Random, Loggers); // not null: prepared
        using var draining = stop.UnsafeRegister(static worker => ((Worker)worker!).Drain(), _worker);
        await _worker.RunAsync().ConfigureAwait(false);
    }

    /// <summary>Within the worker's drain timeout; at once when the host's own patience ends.</summary>
    protected override async Task EndAsync(Task running, CancellationToken impatience)
    {
        using var handingBack = impatience.UnsafeRegister(static service => ((WorkerService)service!)._worker?.HandBackNow(), this);
        await running.ConfigureAwait(false);
    }
}
