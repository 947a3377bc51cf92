using Naq.Brokers;

namespace Naq.Workers;

/// <summary>A claimed job in a worker's hands, from delivery to settlement. The keeper's lock guards who may still cancel or settle it.</summary>
internal sealed class Held(ClaimedJob job, LeaseKeeper leases) : IReportSink
{
    private CancellationTokenSource? _cancellation;
    private JobContext? _context;
    private Reporter? _reporter;
    private CancelReason _pending;
    private bool _isOver;
    private long _confirmedAt = leases.Stamp();

    public ClaimedJob Job { get; } = job;

    /// <summary>Monotonic stamp of before the last extension that the broker confirmed was sent.</summary>
    public long ConfirmedAt
    {
        get => Volatile.Read(ref _confirmedAt);
        set => Volatile.Write(ref _confirmedAt, value);
    }

    /// <summary>Passes on what its handler says of it; null: it said nothing yet.</summary>
    public Reporter? Reporter => Volatile.Read(ref _reporter);

    /// <summary>Gives it to a slot. False: it is over already (lost, or handed back).</summary>
    public bool TryStart(JobContext context, CancellationTokenSource cancellation)
    {
        lock (leases.Lock)
        {
            if (_isOver)
            {
                return false;
            }

            (_context, _cancellation) = (context, cancellation);
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
        lock (leases.Lock)
        {
            if (_isOver || _pending != CancelReason.None)
            {
                return;
            }

            _pending = reason;
            if (_cancellation is not null)
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
            lock (leases.Lock)
            {
                return _pending;
            }
        }
    }

    /// <summary>Its handler is done with the token, which may serve the slot's next job: from here on it is not fired.</summary>
    public void Stopped()
    {
        lock (leases.Lock)
        {
            _cancellation = null;
        }
    }

    public ValueTask ReportAsync(double progress, string? note, CancellationToken ct) => ToReport().ReportAsync(progress, note, ct);

    public ValueTask CheckpointAsync(ReadOnlyMemory<byte> checkpoint, CancellationToken ct) => ToReport().CheckpointAsync(checkpoint, ct);

    /// <summary>Ends it, once: whoever gets true settles it, or drops it.</summary>
    public bool TryEnd()
    {
        lock (leases.Lock)
        {
            if (_isOver)
            {
                return false;
            }

            _isOver = true;
            return true;
        }
    }

    /// <summary>Few jobs say anything.</summary>
    private Reporter ToReport()
    {
        lock (leases.Lock)
        {
            return _reporter ??= leases.ReporterOf(this);
        }
    }

    private void Fire(CancelReason reason)
    {
        _ = _context!.TrySetCancelReason(reason);

        // Callbacks of user code run on the thread pool, never under this lock.
        _ = _cancellation!.CancelAsync();
    }
}
