using Naq.Brokers;
using Naq.Cluster;

namespace Naq.Workers;

internal sealed partial class Worker
{
    private static readonly TimeSpan LeavingPatience = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Stop claiming → hand back what never started → wait for what runs → cancel it near the deadline → hand back what is left → settle.
    /// True: everything ended by itself.
    /// </summary>
    private async Task<bool> DrainAsync(IJobFeed feed, Task reading, Task running, Task settling)
    {
        var began = _time.GetTimestamp();
        _state = WorkerState.Draining;
        LogDrains(Name, _stats.Busy);
        await TryAsync(() => feed.StopAsync(CancellationToken.None)).ConfigureAwait(false);
        await reading.ConfigureAwait(false);
        HandBackUnstarted();
        BeatNow();
        await TryAsync(() => _presence.ReleaseSeatAsync(CancellationToken.None)).ConfigureAwait(false);

        var deadline = _options.DrainTimeout;
        var mercy = deadline < TimeSpan.FromSeconds(10) ? deadline / 2 : deadline - TimeSpan.FromSeconds(5);
        if (!await EndsAsync(running, mercy - _time.GetElapsedTime(began)).ConfigureAwait(false))
        {
            foreach (var held in _leases.Snapshot())
            {
                held.Cancel(CancelReason.Shutdown);
            }

            _ = await EndsAsync(running, deadline - _time.GetElapsedTime(began)).ConfigureAwait(false);
        }

        var cut = HandBackStarted();
        _settler.Complete();
        _ = await Task.WhenAny(settling, Task.Delay(_broker.Jobs.LeaseDuration, _time, CancellationToken.None)).ConfigureAwait(false);
        return cut == 0;
    }

    /// <summary>Waits for the slots to end, no longer than <paramref name="wait"/>, and not at all once told to hand back at once.</summary>
    private async Task<bool> EndsAsync(Task running, TimeSpan wait)
    {
        if (wait > TimeSpan.Zero && !running.IsCompleted)
        {
            using var over = new CancellationTokenSource();
            _ = await Task.WhenAny(running, _handBack.Task, Task.Delay(wait, _time, over.Token)).ConfigureAwait(false);
            await over.CancelAsync().ConfigureAwait(false);
        }

        return running.IsCompleted;
    }

    private void HandBackUnstarted()
    {
        while (_claimed.Reader.TryRead(out var held))
        {
            if (held.TryEnd())
            {
                _settler.Post(held, new(held.Job.Lease, SettleKind.HandBack));
            }
        }
    }

    /// <summary>Hands back what is still in a slot, and says how many there were.</summary>
    private int HandBackStarted()
    {
        var cut = 0;
        foreach (var held in _leases.Snapshot())
        {
            if (held.TryEnd())
            {
                cut++;
                _settler.Post(held, new(held.Job.Lease, SettleKind.HandBack));
            }
        }

        return cut;
    }

    private async Task LeaveAsync()
    {
        using var patience = new CancellationTokenSource(LeavingPatience, _time);
        await TryAsync(() => _presence.LeaveAsync(patience.Token)).ConfigureAwait(false);
    }

    /// <summary>Leaving goes on when the broker does not: leases and the registry's time to live do the rest.</summary>
    private async Task TryAsync(Func<ValueTask> step)
    {
        try
        {
            await step().ConfigureAwait(false);
        }
        catch (Exception error) when (error is NaqException or OperationCanceledException)
        {
            LogCannotLeave(error);
        }
    }
}
