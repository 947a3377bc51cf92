using Naq.Sqlite.Machine;
using Naq.Sqlite.Tables;

namespace Naq.Sqlite;

/// <summary>Tells who waits that something was committed, here or in another process. Reads no table; does nothing while nobody waits.</summary>
internal sealed class Changes(Reads reads, MachineClock clock)
{
    /// <summary>Other processes' commits are looked for this often by who is in a hurry …</summary>
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(20);

    /// <summary>… and this often by a watch, which is woken by a datagram for what is urgent.</summary>
    private static readonly TimeSpan Lazily = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private TaskCompletionSource _next = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource _control = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _version = 1;
    private long _dataVersion;

    /// <summary>This process, or one that said so, committed something; perhaps a change of control keys.</summary>
    public void Committed(bool isControl)
    {
        Step(ref _next);
        if (isControl)
        {
            Step(ref _control);
        }
    }

    /// <summary>Waits for any commit after <paramref name="seen"/>; sees another process's within about 20 ms.</summary>
    public async ValueTask<long> WaitAsync(long seen, CancellationToken ct)
    {
        while (true)
        {
            Look();
            Task next;
            lock (_lock)
            {
                if (_version != seen)
                {
                    return _version;
                }

                next = _next.Task;
            }

            await Either(next, Soon, ct).ConfigureAwait(false);
        }
    }

    /// <summary>Waits for a control key's change at once, or for any commit within about a second.</summary>
    public async ValueTask<long> WaitLazilyAsync(long seen, CancellationToken ct)
    {
        Task control;
        lock (_lock)
        {
            control = _control.Task;
        }

        while (true)
        {
            await Either(control, Lazily, ct).ConfigureAwait(false);
            Look();
            lock (_lock)
            {
                if (control.IsCompleted || _version != seen)
                {
                    return _version;
                }
            }
        }
    }

    private async ValueTask Either(Task signal, TimeSpan wait, CancellationToken ct)
    {
        try
        {
            await signal.WaitAsync(wait, clock.Time, ct).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // Time to look.
        }
    }

    private void Look()
    {
        var version = reads.DataVersion();
        lock (_lock)
        {
            if (version == _dataVersion)
            {
                return;
            }

            _dataVersion = version;
        }

        Step(ref _next);
    }

    private void Step(ref TaskCompletionSource signal)
    {
        TaskCompletionSource done;
        lock (_lock)
        {
            _version++;
            done = signal;
            signal = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        _ = done.TrySetResult();
    }
}
