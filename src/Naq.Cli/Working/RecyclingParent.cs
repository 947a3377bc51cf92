using System.Globalization;
using Naq.Brokers;
using Naq.Cli.Invoking;
using Naq.Cli.Shells;
using Naq.Cluster;
using Naq.Workers;

namespace Naq.Cli.Working;

/// <summary>
/// Stands in for a supervisor where there is none: runs the worker as a child, and when that asks to be replaced, starts the successor,
/// waits until it claims, and drains the old one. Signals are passed on; a child that ends by itself ends the parent with its exit code,
/// unless it left to be replaced without having been seen to ask.
/// </summary>
internal sealed class RecyclingParent(Invocation run, WorkerSettings settings, StopSignals signals)
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(500);

    /// <summary>A worker waits a minute for its replacement, then leaves on its own.</summary>
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(50);

    private readonly TimeProvider _time = run.Shell.Time;
    private readonly List<ChildWorker> _children = []; // those that may still live
    private int _generation;
    private long? _fresh; // the resident set of a worker that has just begun; null: not seen yet

    public async Task<int> RunAsync(CancellationToken ct)
    {
        using var stop = ct.Register(signals.Raise);
        var broker = await run.OpenAsync(ct, settings.Lease).ConfigureAwait(false);
        var current = Start();
        try
        {
            while (!signals.First.IsCompleted)
            {
                if (current.Ended.IsCompleted)
                {
                    if (await current.Ended.ConfigureAwait(false) != Supervision.Retired)
                    {
                        break;
                    }

                    current = Start();
                }

                _ = await Task.WhenAny(current.Ended, signals.First, Task.Delay(Look, _time, CancellationToken.None)).ConfigureAwait(false);
                if (await FindAsync(broker, current).ConfigureAwait(false) is { } seen)
                {
                    _fresh ??= seen.MemoryBytes;
                    current = seen.State == WorkerState.Retiring ? await ReplaceAsync(broker, current, seen).ConfigureAwait(false) : current;
                }
            }

            await StopAllAsync().ConfigureAwait(false);
            return signals.First.IsCompleted ? ExitCodes.Ok : await current.Ended.ConfigureAwait(false);
        }
        finally
        {
            _children.ForEach(static child => child.Dispose());
        }
    }

    private ChildWorker Start()
    {
        _ = _children.RemoveAll(static child => child.Ended.IsCompleted);
        _generation++;
        var tail = string.Create(CultureInfo.InvariantCulture, $"-{_generation}");
        var named = settings.Name is { } name ? settings with { Name = name + tail } : settings;
        var arguments = named.ToArguments(run.Address(), run.LogFormat, run.Level);
        var child = ChildWorker.Start(arguments, string.Create(CultureInfo.InvariantCulture, $"parent-{Environment.ProcessId}{tail}"));
        _children.Add(child);
        return child;
    }

    /// <summary>Returns the worker that serves from now on: the successor, or the old one where the successor does not come up.</summary>
    private async Task<ChildWorker> ReplaceAsync(Broker broker, ChildWorker old, WorkerRecord seen)
    {
        if (MemoryLimits.OfControlGroups() is { } limit && seen.MemoryBytes + _fresh > limit)
        {
            // Both at once would be more than the control group has: the old one leaves first.
            old.Drain();
            _ = await Task.WhenAny(old.Ended, signals.First).ConfigureAwait(false);
            return signals.First.IsCompleted ? old : Start();
        }

        var began = _time.GetTimestamp();
        var successor = Start();
        while (!signals.First.IsCompleted && !old.Ended.IsCompleted && _time.GetElapsedTime(began) < StartPatience)
        {
            if (successor.Ended.IsCompleted)
            {
                return old;
            }

            if (await FindAsync(broker, successor).ConfigureAwait(false) is { State: WorkerState.Running })
            {
                break;
            }

            _ = await Task.WhenAny(successor.Ended, signals.First, Task.Delay(Look, _time, CancellationToken.None)).ConfigureAwait(false);
        }

        old.Drain();
        return successor;
    }

    private static async ValueTask<WorkerRecord?> FindAsync(Broker broker, ChildWorker child)
    {
        try
        {
            var workers = await WorkerRegistry.ListAsync(broker.Cluster, CancellationToken.None).ConfigureAwait(false);
            return workers.FirstOrDefault(worker => worker.Replica == child.Replica);
        }
        catch (BrokerUnavailableException)
        {
            return null; // nobody is replaced now; the next look tells
        }
    }

    private async Task StopAllAsync()
    {
        _children.ForEach(static child => child.Drain());
        var ended = Task.WhenAll(_children.Select(static child => child.Ended));
        _ = await Task.WhenAny(ended, signals.Second).ConfigureAwait(false);
        if (signals.Second.IsCompleted)
        {
            _children.ForEach(static child => child.HandBack());
        }

        _ = await ended.ConfigureAwait(false);
    }
}
