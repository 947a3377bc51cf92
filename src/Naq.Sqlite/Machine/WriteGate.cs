using Microsoft.Win32.SafeHandles;

namespace Naq.Sqlite.Machine;

/// <summary>A fair queue between processes in front of SQLite's write lock, whose busy handler lets a waiter starve for seconds.</summary>
/// <remarks>
/// A turnstile of two file locks: who waits for <c>hold</c> stands in <c>turn</c>, so that a process that has just left cannot overtake. The
/// wait is bounded: a stopped process in front would block everyone behind it, so after <see cref="Patience"/> the caller goes on to the busy
/// handler, and the gate counts as stuck until the helper thread, which still waits, has got through. Used by one thread at a time.
/// </remarks>
internal sealed class WriteGate : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(250);

    private readonly SafeFileHandle? _turn;
    private readonly SafeFileHandle? _hold;
    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _asked = new(0);
    private readonly ManualResetEventSlim _through = new();
    private readonly Thread _helper;
    private GateState _state;
    private volatile bool _isClosed;

    public WriteGate(RunFolder folder)
    {
        (_turn, _hold) = (folder.OpenLock("turn"), folder.OpenLock("hold"));
        _helper = new Thread(Wait) { IsBackground = true, Name = "naq gate" };
        _helper.Start();
    }

    private enum GateState
    {
        Free,
        Waiting,
        Held,

        /// <summary>The caller went on without; the helper still waits.</summary>
        Abandoned,
    }

    /// <summary>Enters, or gives up after a bounded wait; either way the caller goes on. Call <see cref="Exit"/> after.</summary>
    public void Enter()
    {
        if (TryEnter())
        {
            return;
        }

        lock (_lock)
        {
            if (_state == GateState.Abandoned)
            {
                return;
            }

            _state = GateState.Waiting;
            _through.Reset();
        }

        _ = _asked.Release();
        if (_through.Wait(Patience))
        {
            return;
        }

        lock (_lock)
        {
            if (_state == GateState.Waiting)
            {
                _state = GateState.Abandoned;
            }
        }
    }

    /// <summary>Enters if nobody stands in front; true: call <see cref="Exit"/> after.</summary>
    public bool TryEnter()
    {
        lock (_lock)
        {
            if (_state != GateState.Free || !TryEnterNow())
            {
                return false;
            }

            _state = GateState.Held;
            return true;
        }
    }

    public void Exit()
    {
        lock (_lock)
        {
            if (_state == GateState.Held)
            {
                _state = GateState.Free;
                _ = LibC.TryFlock(_hold, LibC.Unlock);
            }
        }
    }

    public void Dispose()
    {
        // The helper may stand in a lock that a stopped process holds; it is a background thread and ends with the process.
        _isClosed = true;
        _ = _asked.Release();
        if (_helper.Join(TimeSpan.FromMilliseconds(50)))
        {
            _turn?.Dispose();
            _hold?.Dispose();
            _asked.Dispose();
            _through.Dispose();
        }
    }

    private bool TryEnterNow()
    {
        if (!LibC.TryFlock(_turn, LibC.LockExclusive | LibC.LockNonBlocking))
        {
            return false;
        }

        var isHeld = LibC.TryFlock(_hold, LibC.LockExclusive | LibC.LockNonBlocking);
        _ = LibC.TryFlock(_turn, LibC.Unlock);
        return isHeld;
    }

    private void Wait()
    {
        while (true)
        {
            _asked.Wait();
            if (_isClosed)
            {
                return;
            }

            _ = LibC.TryFlock(_turn, LibC.LockExclusive);
            _ = LibC.TryFlock(_hold, LibC.LockExclusive);
            _ = LibC.TryFlock(_turn, LibC.Unlock);
            lock (_lock)
            {
                if (_state == GateState.Abandoned)
                {
                    _state = GateState.Free;
                    _ = LibC.TryFlock(_hold, LibC.Unlock);
                }
                else
                {
                    _state = GateState.Held;
                    _through.Set();
                }
            }
        }
    }
}
