using Naq.Brokers;

namespace Naq.Scaling;

/// <summary>Waits for the next regular decision, unless a burst calls for one before.</summary>
/// <remarks>At most five looks a second, none while nothing changes.</remarks>
internal sealed class BurstWatch(IReadOnlyList<PoolScaler> pools, IJobStore jobs, TimeProvider time)
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(200);

    private readonly string[] _queues = [.. pools.SelectMany(static p => p.Queues).Distinct()];
    private long _seen;

    /// <summary>Returns true on a burst, false after <paramref name="upTo"/>.</summary>
    public async ValueTask<bool> WaitAsync(TimeSpan upTo, CancellationToken ct)
    {
        if (upTo <= TimeSpan.Zero)
        {
            return false;
        }

        using var timeout = new CancellationTokenSource(upTo, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, ct);
        try
        {
            return await WatchAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested && !ct.IsCancellationRequested)
        {
            return false;
        }
    }

    private async ValueTask<bool> WatchAsync(CancellationToken ct)
    {
        while (true)
        {
            await Task.Delay(Look, time, ct).ConfigureAwait(false);
            try
            {
                _seen = await jobs.WaitForChangeAsync(_seen, ct).ConfigureAwait(false);
                var counts = await jobs.CountsAsync(_queues, ct).ConfigureAwait(false);
                if (pools.Any(p => p.IsBurst(counts)))
                {
                    return true;
                }
            }
            catch (BrokerUnavailableException)
            {
                // Not seen is not "no burst", but only the next decision can tell: its observation says unknown, and holds.
                await Task.Delay(Timeout.InfiniteTimeSpan, time, ct).ConfigureAwait(false);
            }
        }
    }
}
