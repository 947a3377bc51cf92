using Microsoft.Extensions.DependencyInjection;
using Naq.Cli.BuiltIns;
using Naq.Cli.Invoking;
using Naq.Cli.Probing;
using Naq.Cli.Shells;
using Naq.Cluster;
using Naq.Workers;

namespace Naq.Cli.Working;

/// <summary>Runs one worker in this process until it is told to stop.</summary>
internal static class WorkerProcess
{
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(Invocation run, WorkerSettings settings, StopSignals signals, CancellationToken ct)
    {
        // Everything that may be wrong is looked at before the broker is.
        var options = settings.ToOptions(run.Shell);
        var exec = ExecPolicy.Of(settings.AllowedPrograms, run.Shell);
        var keys = ProgramServices.Keys(run.Shell);
        using var ledger = Ledger.Open(run.Shell);
        WorkerOptionsRules.Require(options, settings.Queues);

        using var stop = ct.Register(signals.Raise);
        var isByParent = run.Shell.Variable(Supervision.Variable) == Supervision.ByParent;
        if (isByParent)
        {
            _ = RaiseAtEndAsync(run.Shell.In, signals);
        }

        // The container takes as long to make as the broker to open, and neither needs the other.
        var preparing = PrepareAsync(() => ProgramServices.Build(run, keys, naq => BuiltInJobs.AddTo(naq, ledger, exec)));
        try
        {
            if (await run.OpenPatientlyAsync(signals.First, settings.Lease).ConfigureAwait(false) is not { } broker)
            {
                return ExitCodes.Ok;
            }

            var (services, handlers) = await preparing.ConfigureAwait(false);
            using var worker = new Worker(broker, handlers, settings.Queues, options, services, run.Shell.Time, run.Shell.Random, run.Loggers);
            var health = HealthPort.Open(settings.Health, run, broker, () => Fault(worker.State), mayWait: isByParent);
            await using var serving = health.ConfigureAwait(false);
            var ended = worker.RunAsync();
            await ObeyAsync(worker, ended, signals, health).ConfigureAwait(false);
            return await ended.ConfigureAwait(false) == WorkerExit.Retired && isByParent ? Supervision.Retired : ExitCodes.Ok;
        }
        finally
        {
            var (services, _) = await preparing.ConfigureAwait(false);
            await services.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static async Task<(ServiceProvider Services, HandlerTable Handlers)> PrepareAsync(Func<ServiceProvider> build)
    {
        await Task.Yield(); // from here on in a thread of the pool
        var services = build();
        return (services, HandlerTable.Of(services));
    }

    private static async Task ObeyAsync(Worker worker, Task ended, StopSignals signals, HealthPort health)
    {
        _ = await Task.WhenAny(ended, signals.First).ConfigureAwait(false);
        worker.Drain();
        if (worker.IsRetired)
        {
            // Its successor claims already, and waits for the port.
            await health.DisposeAsync().ConfigureAwait(false);
        }

        _ = await Task.WhenAny(ended, signals.Second).ConfigureAwait(false);
        if (signals.Second.IsCompleted)
        {
            worker.HandBackNow();
        }
    }

    /// <summary>Why a worker in this state is of no use to its queues; null: it claims.</summary>
    private static string? Fault(WorkerState state) => state switch
    {
        WorkerState.Running or WorkerState.Retiring => null,
        WorkerState.Starting => "starting",
        WorkerState.Quiet => "told to claim nothing",
        WorkerState.Draining => "draining",
    };

    // The parent writes nothing: the read ends when the parent does, however that comes about.
    private static async Task RaiseAtEndAsync(Stream stdin, StopSignals signals)
    {
        var unused = new byte[1];
        while (await stdin.ReadAsync(unused).ConfigureAwait(false) > 0)
        {
        }

        signals.Raise();
    }
}
