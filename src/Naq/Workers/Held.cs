using Naq.Brokers;

namespace Naq.Workers;

/// <summary>A claimed job in a worker's hands, from delivery to settlement. Its lock guards who may still cancel or settle it.</summary>
internal sealed class Held(ClaimedJob job, long confirmedAt)
{
    private readonly Lock _lock = new();
    private CancellationTokenSource? _cancellation;
    private JobContext? _context;
    private CancelReason _pending;
    private bool _isOver;
    private long _confirmedAt = confirmedAt;

    public ClaimedJob Job { get; } = job;

    /// <summary>Monotonic stamp of before the last extension that the broker confirmed was sent.</summary>
    public long ConfirmedAt
    {
        get => Volatile.Read(ref _confirmedAt);
        set => Volatile.Write(ref _confirmedAt, value);
    }

    /// <summary>Passes on what its handler says of it; null: it has not begun.</summary>
    public Reporter? Reporter { get; set; }

    /// <summary>Whether its handler has begun.</summary>
    public bool IsStarted { get; private set; }

    /// <summary>Gives it to a slot. False: it is over already (lost, or handed back).</summary>
    public bool TryStart(JobContext context, CancellationTokenSource cancellation)
    {
        lock (_lock)
        {
            if (_isOver)
            {
                return false;
            }

            (_context, _cancellation, IsStarted) = (context, cancellation, true);
            if (_pending != CancelReason.None)
            {
                Fire(_pending);
            }

            return true;
        }
    }

    /// <summary>Cancels its token, now or as soon as it starts. The first reason stays.</summary>
    public void Cancel(CancelReason reason)
    {
        lock (_lock)
        {
            if (_isOver || _pending != CancelReason.None)
            {
                return;
            }

            _pending = reason;
            if (IsStarted)
            {
                Fire(reason);
            }
        }
    }

    /// <summary>Why it was cancelled, started or not.</summary>
    public CancelReason Cancelled
    {
        get
        {
            lock (_lock)
            {
                return _pending;
            }
        }
    }

    /// <summary>Ends it, once: whoever gets true settles it, or drops it.</summary>
    public bool TryEnd()
    {
        lock (_lock)
        {
            if (_isOver)
            {
                return false;
            }

            _isOver = true;
            return true;
        }
    }

    private void Fire(CancelReason reason)
    {
        _ = _context!.TrySetCancelReason(reason);

        // Callbacks of user code run on the thread pool, never under this lock.
        _ = _cancellation!.CancelAsync();
    }
}
