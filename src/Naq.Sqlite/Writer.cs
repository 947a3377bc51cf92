using Microsoft.Extensions.Logging;
using Naq.Sqlite.Engine;
using Naq.Sqlite.Machine;

namespace Naq.Sqlite;

/// <summary>The writer of a process: whatever has gathered while a transaction ran goes into the next (natural group commit).</summary>
/// <remarks>
/// It is a thread, which lends its turn to a lone caller while it sleeps.
/// A transaction is: leases, settlements, changes, enqueues, promotions of what is due, then claims for every feed with credits. So a worker's
/// settle and its next claim are one commit. An idle process that nobody told of jobs looks with a read, not with an empty transaction. With a <see cref="Syncer"/> the
/// answers come from there; what was claimed is delivered, and others are woken, at once.
/// </remarks>
internal sealed partial class Writer : IDisposable
{
    private const int PauseMs = 50;

    /// <summary>After so many lone operations the next is taken for one. Among many callers, one that wrote by itself would keep the others from going into one transaction.</summary>
    private const int LoneAfter = 16;
    private static readonly TimeSpan Net = TimeSpan.FromSeconds(1);

    private readonly WriteSide _side;
    private readonly Syncer? _syncer;
    private readonly WriteGate _gate;
    private readonly Wakeups _wakeups;
    private readonly DiskGuard _disk;
    private readonly MachineClock _clock;
    private readonly FeedList _feeds;
    private readonly Action<bool> _committed;
    private readonly ILogger _log;
    private readonly long _patienceMs;
    private readonly Lock _lock = new();

    /// <summary>Held by whoever writes: the writer thread while it is awake, or a caller meanwhile. Guards the connection and all that is not queued.</summary>
    private readonly Lock _turn = new();
    private readonly ITimer _timer;
    private readonly Thread _thread;
    private List<WriteOp> _queued = [];
    private List<WriteOp> _batch = [];
    private volatile bool _isClosing;
    private volatile bool _isAsked;
    private long _nextDueMs = long.MaxValue;
    private long _dataVersion;
    private long _noClaimsBeforeMs;
    private long _expiryLookMs;
    private bool _isTold;
    private bool _foundNothing;
    private bool _isInTrouble;
    private bool _hasFreed;
    private bool _mustPause;

    /// <summary>So many transactions in a row had one operation each, counted up to where it matters.</summary>
    private volatile int _lone = LoneAfter;

    public Writer(WriteSide side, Syncer? syncer, WriteGate gate, Wakeups wakeups, DiskGuard disk, MachineClock clock, FeedList feeds, TimeSpan lease, Action<bool> committed, ILogger log)
    {
        (_side, _syncer, _gate, _wakeups, _disk, _clock, _feeds, _committed, _log) = (side, syncer, gate, wakeups, disk, clock, feeds, committed, log);
        _patienceMs = (long)lease.TotalMilliseconds / 4;
        if (syncer is not null)
        {
            syncer.Failed = Ask;
            _isAsked = syncer.IsBroken;
        }

        _timer = clock.Time.CreateTimer(static state => ((Writer)state!)._wakeups.Mailbox.Ring(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _thread = new Thread(Run) { IsBackground = true, Name = "naq writer" };
        _thread.Start();
        if (_isAsked)
        {
            _wakeups.Mailbox.Ring();
        }
    }

    /// <summary>Queues an operation for the next transaction; a lone one of a process without a worker is done at once, in this thread.</summary>
    public void Post(WriteOp op)
    {
        bool isLone;
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isClosing, typeof(SqliteBroker));
            _queued.Add(op);
            isLone = _queued.Count == 1 && _lone >= LoneAfter;
        }

        if (!isLone || !TryTransactHere())
        {
            _wakeups.Mailbox.Ring();
        }
    }

    /// <summary>Asks the writer to look for jobs: a feed got credits, another process woke this one, or time has passed.</summary>
    public void Ask()
    {
        _isAsked = true;
        _wakeups.Mailbox.Ring();
    }

    /// <summary>Finishes what is queued, then ends the thread.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _isClosing = true;
        }

        _wakeups.Mailbox.Ring();
        _thread.Join();
        _timer.Dispose();
    }

    private void TakeQueued()
    {
        lock (_lock)
        {
            if (_batch.Count == 0)
            {
                (_batch, _queued) = (_queued, _batch);
            }
            else
            {
                _batch.AddRange(_queued);
                _queued.Clear();
            }
        }

        _ = _batch.RemoveAll(static op => !op.TryTake());
    }

    private void Transact(bool isGated)
    {
        _lone = _batch.Count == 1 ? Math.Min(_lone + 1, LoneAfter) : 0;
        _batch.Sort(static (a, b) => a.Rank.CompareTo(b.Rank));
        try
        {
            Attempt(_batch, withClaims: _clock.MonoMs >= _noClaimsBeforeMs, isGated);
        }
        catch (SqliteFault fault) when (fault.IsFull)
        {
            DiskIsFull(fault);
        }
        catch (SqliteFault fault) when (fault.IsBusy)
        {
            Troubled(fault);
        }
        catch (Exception error)
        {
            Split(error);
        }
    }

    /// <summary>One transaction: everything in it is done, or nothing.</summary>
    private void Attempt(List<WriteOp> ops, bool withClaims, bool isGated)
    {
        var asked = _clock.MonoMs;
        bool isMore;
        if (!isGated)
        {
            _gate.Enter();
        }

        try
        {
            _ = _side.Begin.Run();
            _syncer?.RewriteBrokenLog();
            isMore = Fill(ops, withClaims, asked);
            _side.Tx.Flush();
            _ = _side.Commit.Run();
        }
        catch
        {
            _side.Database.RollbackIfOpen();
            _side.Catalog.Invalidate();
            _side.Uniques.RolledBack();
            _feeds.ForgetClaims();
            throw;
        }
        finally
        {
            _gate.Exit();
        }

        Committed(ops, isMore);
    }

    private bool Fill(List<WriteOp> ops, bool withClaims, long asked)
    {
        var tx = _side.Tx;
        tx.Begin(_clock.WallMs, _clock.MonoMs);
        _side.Catalog.Refresh(tx);
        var isMore = false;
        if (_feeds.WasUsed)
        {
            if (tx.MonoMs - asked > _patienceMs)
            {
                _side.Sessions.GrantAll(tx);
            }
            else
            {
                isMore = _side.Sessions.Rescue(tx);
            }
        }

        foreach (var op in ops)
        {
            op.Apply(_side);
        }

        _side.Enqueues.Flush(tx);
        _side.Uniques.FreeEnded(tx, _isClosing);
        if (_feeds.WasUsed && withClaims)
        {
            if (_nextDueMs <= tx.WallMs)
            {
                _side.Schedule.Promote(tx);
                _nextDueMs = _side.Schedule.NextDue() ?? long.MaxValue;
            }

            _feeds.Claim(_side);
        }

        return (tx.Finished && _side.Upkeep.TrimNumbers(tx)) || isMore;
    }

    private void Committed(List<WriteOp> ops, bool isMore)
    {
        if (_isInTrouble)
        {
            (_isInTrouble, _mustPause) = (false, false);
            LogWritingAgain();
            _disk.TakeBallast();
        }

        var isFull = _feeds.Deliver();
        _foundNothing = false;
        var tx = _side.Tx;
        _side.Uniques.Committed(tx);
        _nextDueMs = Math.Min(_nextDueMs, tx.EarliestDue);
        _isAsked |= isMore;
        WakeOthers(isFull);
        Answer(ops);
        ops.Clear();
        _committed(tx.ControlChanged);
    }

    /// <summary>Tells the callers, or leaves it to the syncer.</summary>
    private void Answer(List<WriteOp> ops)
    {
        if (_syncer is not null)
        {
            _syncer.Answer(ops);
            return;
        }

        foreach (var op in ops)
        {
            op.Complete();
        }
    }

    /// <summary>One process is woken for what became ready and is not taken here, or to learn of an earlier due time.</summary>
    private void WakeOthers(bool isFull)
    {
        var tx = _side.Tx;
        var mask = 0UL;
        foreach (var queue in tx.MadeReady)
        {
            mask |= FeedList.Bit(queue);
        }

        if (mask != 0 || tx.EarliestDue != long.MaxValue || isFull)
        {
            _wakeups.WakeOne(mask != 0 && !isFull ? mask : ulong.MaxValue, mask != 0 || isFull ? Wake.Jobs : Wake.Due);
        }

        foreach (var owner in tx.Attention)
        {
            if (owner == _wakeups.Owner)
            {
                _feeds.Attention();
            }
            else
            {
                _wakeups.WakeOwner(owner, Wake.Attention);
            }
        }

        if (tx.ControlChanged)
        {
            _wakeups.WakeAll(Wake.Control);
        }
    }

    /// <summary>Frees the ballast, refuses the enqueues, and keeps the rest for the next try.</summary>
    private void DiskIsFull(SqliteFault fault)
    {
        var hadBallast = _disk.DropBallast();
        Troubled(fault);
        _noClaimsBeforeMs = _clock.MonoMs + 500;
        foreach (var op in _batch)
        {
            if (op.Rank == WriteRank.Enqueue)
            {
                op.Fail(new DiskFullFault());
            }
        }

        _ = _batch.RemoveAll(static op => op.Rank == WriteRank.Enqueue);
        _mustPause = !hadBallast;
    }

    /// <summary>Something in the batch cannot be done: each operation alone, so that only the guilty one fails.</summary>
    private void Split(Exception error)
    {
        if (error is SqliteFault { IsCorrupt: true } or BrokerUnavailableException)
        {
            Troubled(error);
        }

        if (_batch.Count == 0)
        {
            _noClaimsBeforeMs = _clock.MonoMs + 1000;
            LogClaimFailed(error);
            return;
        }

        var ops = _batch.ToArray();
        _batch.Clear();
        foreach (var op in ops)
        {
            try
            {
                Attempt([op], withClaims: false, isGated: false);
            }
            catch (Exception failure)
            {
                op.Fail(failure is SqliteFault fault ? new BrokerUnavailableException(fault.Message, fault) : failure);
            }
        }
    }

    private void Troubled(Exception error)
    {
        if (!_isInTrouble)
        {
            _isInTrouble = true;
            LogTrouble(error);
        }
    }
}
