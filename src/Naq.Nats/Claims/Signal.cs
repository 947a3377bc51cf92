namespace Naq.Nats.Claims;

/// <summary>Wakes one waiter, now or when it waits next; any number of settings before that are one.</summary>
[System.Diagnostics.CodeAnalysis.SuppressMessage("Design", "CA1001", Justification = "A semaphore without a wait handle holds nothing.")]
internal sealed class Signal
{
    private readonly SemaphoreSlim _semaphore = new(0, 1);

    public void Set()
    {
        try
        {
            if (_semaphore.CurrentCount == 0)
            {
                _ = _semaphore.Release();
            }
        }
        catch (SemaphoreFullException)
        {
            // Somebody else just did.
        }
    }

    public Task WaitAsync(TimeSpan most, CancellationToken ct) => _semaphore.WaitAsync(most, ct);
}
