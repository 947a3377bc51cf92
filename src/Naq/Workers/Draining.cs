using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Naq.Brokers;

namespace Naq.Workers;

/// <summary>How a worker stops, step by step: see README.md. Law: nothing running is killed before its deadline, what is cut off is handed back and charged nothing.</summary>
internal sealed partial class Draining(LeaseKeeper leases, Settler settler, Presence presence, TimeSpan deadline, Task handBackNow, TimeProvider time, ILogger log)
{
    private static readonly TimeSpan LeavingPatience = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Stop claiming → hand back what never started → wait for what runs → cancel it near the deadline → hand back what is left → settle.
    /// True: everything ended by itself.
    /// </summary>
    public async Task<bool> RunAsync(IJobFeed feed, ChannelReader<Held> unstarted, Task reading, Task running, Task settling, TimeSpan lease)
    {
        var began = time.GetTimestamp();
        await TryAsync(() => feed.StopAsync(CancellationToken.None)).ConfigureAwait(false);
        await reading.ConfigureAwait(false);
        HandBackUnstarted(unstarted);
        var neverStarted = settler.HandedBack;
        await TryAsync(() => presence.ReleaseSeatAsync(CancellationToken.None)).ConfigureAwait(false);

        var mercy = deadline < TimeSpan.FromSeconds(10) ? deadline / 2 : deadline - TimeSpan.FromSeconds(5);
        if (!await EndsAsync(running, mercy - time.GetElapsedTime(began)).ConfigureAwait(false))
        {
            foreach (var held in leases.Snapshot())
            {
                held.Cancel(CancelReason.Shutdown);
            }

            _ = await EndsAsync(running, deadline - time.GetElapsedTime(began)).ConfigureAwait(false);
        }

        HandBackStarted();
        settler.Complete();
        using var over = new CancellationTokenSource();
        _ = await Task.WhenAny(settling, Task.Delay(lease, time, over.Token)).ConfigureAwait(false);
        await over.CancelAsync().ConfigureAwait(false);

        // Also what was cancelled and ended on its own way out: it was handed back no less.
        return settler.HandedBack == neverStarted;
    }

    /// <summary>Leaves the registry.</summary>
    public async Task LeaveAsync()
    {
        using var patience = new CancellationTokenSource(LeavingPatience, time);
        await TryAsync(() => presence.LeaveAsync(patience.Token)).ConfigureAwait(false);
    }

    /// <summary>Waits for the slots to end, no longer than <paramref name="wait"/>, and not at all once told to hand back at once.</summary>
    private async Task<bool> EndsAsync(Task running, TimeSpan wait)
    {
        if (wait > TimeSpan.Zero && !running.IsCompleted)
        {
            using var over = new CancellationTokenSource();
            _ = await Task.WhenAny(running, handBackNow, Task.Delay(wait, time, over.Token)).ConfigureAwait(false);
            await over.CancelAsync().ConfigureAwait(false);
        }

        return running.IsCompleted;
    }

    private void HandBackUnstarted(ChannelReader<Held> unstarted)
    {
        while (unstarted.TryRead(out var held))
        {
            settler.End(held, new Settlement(held.Job.Lease, SettleKind.HandBack));
        }
    }

    /// <summary>Hands back what is still in a slot.</summary>
    private void HandBackStarted()
    {
        foreach (var held in leases.Snapshot())
        {
            settler.End(held, new Settlement(held.Job.Lease, SettleKind.HandBack));
        }
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

    [LoggerMessage(1008, LogLevel.Warning, "A step of leaving failed; leases and the registry's time to live do the rest")]
    private partial void LogCannotLeave(Exception error);
}
