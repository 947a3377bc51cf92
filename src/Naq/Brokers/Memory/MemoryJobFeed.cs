namespace Naq.Brokers.Memory;

/// <summary>A worker's stream: the awaiting face of a <see cref="FeedState"/>.</summary>
internal sealed class MemoryJobFeed(MemoryJobStore store, FeedState feed) : IJobFeed
{
    private volatile bool _isDisposed;

    public void Grant(int credits)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(credits, 1);
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        store.Grant(feed, credits);
    }

    public ValueTask StopAsync(CancellationToken ct)
    {
        store.Stop(feed);
        return ValueTask.CompletedTask;
    }

    public async ValueTask<int> ReadAsync(Memory<ClaimedJob> buffer, CancellationToken ct)
    {
        while (true)
        {
            ct.ThrowIfCancellationRequested();
            var (count, arrived) = store.Read(feed, buffer);
            if (arrived is null)
            {
                return count;
            }

            await arrived.WaitAsync(ct).ConfigureAwait(false);
        }
    }

    public ValueTask DisposeAsync()
    {
        _isDisposed = true;
        store.Close(feed);
        return ValueTask.CompletedTask;
    }
}
