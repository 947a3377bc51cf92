using Naq.Sqlite.Engine;
using Naq.Sqlite.Machine;

namespace Naq.Sqlite;

/// <content>When it writes: whose turn it is, what ends the thread's sleep, and whether there is something to claim.</content>
internal sealed partial class Writer
{
    private void Run()
    {
        _turn.Enter();
        while (true)
        {
            Sleep(Timeout.Infinite);
            TakeQueued();
            while (_batch.Count > 0 || WantsTransaction())
            {
                Transact(isGated: false);
                if (_feeds.WasUsed)
                {
                    Woken(_wakeups.Mailbox.Look());
                }

                if (_mustPause)
                {
                    _mustPause = false;
                    Sleep(PauseMs);
                }

                TakeQueued();
            }

            if (_isClosing)
            {
                return;
            }
        }
    }

    /// <summary>
    /// Writes what is queued in the caller's thread: it need not wake the writer and be woken by it, which is most of what a single enqueue costs on an idle
    /// machine. Not where that thread would have to wait: for the writer, for another process at the gate, or for the disk (but for the first write of a log
    /// that starts anew, whose header is synced).
    /// </summary>
    /// <returns>False: it is the writer's.</returns>
    private bool TryTransactHere()
    {
        if (_side.CommitWaitsForDisk || _feeds.WasUsed || _syncer is { IsBroken: true } || _turn.IsHeldByCurrentThread || !_turn.TryEnter())
        {
            return false;
        }

        try
        {
            if (!_gate.TryEnter())
            {
                return false;
            }

            TakeQueued();
            if (_batch.Count == 0)
            {
                _gate.Exit();
                return true;
            }

            Transact(isGated: true);
            return _batch.Count == 0;
        }
        finally
        {
            _turn.Exit();
        }
    }

    /// <summary>Lets others have the turn until this process or another wants something, or the time is over. Writer thread.</summary>
    private void Sleep(int ms)
    {
        _turn.Exit();
        var wake = _wakeups.Mailbox.Sleep(ms, isBusy: !_wakeups.IsIdle);
        _turn.Enter();
        Woken(wake);
    }

    private void Woken(Wake wake)
    {
        _isTold |= wake == Wake.Jobs;
        _isAsked |= wake != Wake.None;
        if (wake == Wake.Attention)
        {
            _feeds.Attention();
        }
        else if (wake == Wake.Control)
        {
            _committed(true);
        }
    }

    /// <summary>Says whether there is something to claim or promote, and otherwise sets the flag and the timer that end the sleep.</summary>
    private bool WantsTransaction()
    {
        if (_syncer is { IsBroken: true } && !_isClosing)
        {
            // Also where nobody asks for anything: until the log is whole, a checkpoint may put pages into the database before it.
            var mono = _clock.MonoMs;
            SetTimer(_noClaimsBeforeMs - mono, mono);
            return mono >= _noClaimsBeforeMs;
        }

        if (_isClosing)
        {
            // Tried once: what it leaves goes with the jobs' records.
            var isLeft = !_hasFreed && _side.Uniques.FreeDueMs != long.MaxValue;
            _hasFreed = true;
            _wakeups.SetIdle(0);
            return isLeft;
        }

        if (!_feeds.WasUsed)
        {
            _wakeups.SetIdle(0);
            return false;
        }

        try
        {
            return Look();
        }
        catch (Exception error) when (error is SqliteFault or BrokerUnavailableException)
        {
            Troubled(error);
            SetTimer(long.MaxValue, _clock.MonoMs);
            return false;
        }
    }

    private bool Look()
    {
        if (_isTold)
        {
            // Another process has committed jobs and woke this one alone for them: claim at once, look afterwards.
            _isTold = false;
            if (_feeds.IsAnyHungry && _clock.MonoMs >= _noClaimsBeforeMs)
            {
                return true;
            }
        }

        var version = _side.ReadDataVersion();
        if (version != _dataVersion || _isAsked)
        {
            (_dataVersion, _isAsked, _foundNothing) = (version, false, false);
            _side.Tx.Begin(_clock.WallMs, _clock.MonoMs);
            _side.Catalog.Refresh(_side.Tx);
            _nextDueMs = _side.Schedule.NextDue() ?? long.MaxValue;
        }

        var (now, mono) = (_clock.WallMs, _clock.MonoMs);
        var freeMs = Math.Max(_side.Uniques.FreeDueMs, _noClaimsBeforeMs);
        if (_nextDueMs <= now || HasExpired() || (!_foundNothing && HasClaim()) || freeMs <= mono)
        {
            return true;
        }

        var wait = Math.Min(Math.Min(_nextDueMs - now, freeMs - mono), _patienceMs);
        if (_foundNothing)
        {
            // Nothing was committed since the last look: no table is read again for that.
            SetTimer(wait, mono);
            return false;
        }

        var mask = _feeds.HungryMask(_side.Catalog);
        _wakeups.SetIdle(mask);

        // Once more, with the flag set: what was committed before it was seen by the first look, what comes after it sends a datagram.
        if (mask != 0 && HasClaim())
        {
            _wakeups.SetIdle(0);
            return true;
        }

        _foundNothing = _clock.MonoMs >= _noClaimsBeforeMs;
        SetTimer(wait, mono);
        return false;
    }

    /// <summary>Whether a lease is over, looked at four times a lease.</summary>
    private bool HasExpired()
    {
        if (_clock.MonoMs - _expiryLookMs < _patienceMs)
        {
            return false;
        }

        _expiryLookMs = _clock.MonoMs;
        return _side.Sessions.AnyExpired(_expiryLookMs);
    }

    private void SetTimer(long ms, long sinceMs)
    {
        ms = Math.Clamp(ms, 1, (long)Net.TotalMilliseconds);
        _ = _timer.Change(TimeSpan.FromMilliseconds(ms), Timeout.InfiniteTimeSpan);
        if (_clock.MonoMs >= sinceMs + ms)
        {
            // The time passed while this thread was on its way to sleep.
            _wakeups.Mailbox.Ring();
        }
    }

    private bool HasClaim()
    {
        if (_clock.MonoMs < _noClaimsBeforeMs)
        {
            return false;
        }

        foreach (var feed in _feeds.Open)
        {
            if (feed.IsHungry && _side.Claims.Peek(feed))
            {
                return true;
            }
        }

        return false;
    }
}
