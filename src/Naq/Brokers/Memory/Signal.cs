namespace Naq.Brokers.Memory;

/// <summary>Wakes whoever waits for the next time that something happens. Guarded by its owner's lock.</summary>
internal sealed class Signal
{
    private TaskCompletionSource? _next;

    /// <summary>Ends with the next <see cref="Fire"/>; its continuations run elsewhere, never under the lock.</summary>
    public Task Next => (_next ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    public void Fire()
    {
        _ = _next?.TrySetResult();
        _next = null;
    }
}
