using Naq.Brokers;
using Naq.Sqlite.Engine;

namespace Naq.Sqlite.Tables;

/// <summary>One lease row per feed: renewed as one, and when it is over everything that runs under it goes back.</summary>
/// <remarks>Deadlines are the machine's monotonic milliseconds, read after the write lock was held.</remarks>
internal sealed class Sessions
{
    /// <summary>Jobs rescued in one transaction; the rest follows in the next.</summary>
    private const int RescueLimit = 1000;

    private readonly long _leaseMs;
    private readonly Transitions _moves;
    private readonly Uniques _uniques;
    private readonly Statement _renew;
    private readonly Statement _open;
    private readonly Statement _close;
    private readonly Statement _grantAll;
    private readonly Statement _expired;
    private readonly Statement _runningOf;
    private readonly Statement _end;

    public Sessions(Database database, TimeSpan lease, Transitions moves, Uniques uniques)
    {
        (_leaseMs, _moves, _uniques) = ((long)lease.TotalMilliseconds, moves, uniques);
        _renew = database.Prepare("UPDATE session SET lease = ?2 WHERE id = ?1");
        _open = database.Prepare("INSERT INTO session(id, lease, worker, wake) VALUES(?1, ?2, ?3, ?4) ON CONFLICT(id) DO UPDATE SET lease = excluded.lease");
        _close = database.Prepare("DELETE FROM session WHERE id = ?1");
        _grantAll = database.Prepare("UPDATE session SET lease = max(lease, ?1)");
        _expired = database.Prepare("SELECT id FROM session WHERE lease <= ?1");
        _runningOf = database.Prepare("SELECT id, q, prio, attempts, fence, interruptions, alone, cancel FROM running WHERE session = ?1 LIMIT ?2");
        _end = database.Prepare("DELETE FROM running WHERE id = ?1");
    }

    public void Open(Tx tx, IClaimant feed, long wake) =>
        _ = _open.Bind(1, feed.Session).Bind(2, tx.MonoMs + _leaseMs).Bind(3, feed.Worker).Bind(4, wake).Run();

    public void Close(long session) => _ = _close.Bind(1, session).Run();

    /// <summary>Renews a feed's lease row and says how each of its leases stands.</summary>
    public void Extend(Tx tx, IClaimant feed, IReadOnlyList<Lease> leases, LeaseStatus[] answers)
    {
        if (_renew.Bind(1, feed.Session).Bind(2, tx.MonoMs + _leaseMs).Run() == 0)
        {
            return;
        }

        var held = new Dictionary<(long, long), bool>();
        _ = _runningOf.Bind(1, feed.Session).Bind(2, -1);
        while (_runningOf.Step())
        {
            held[(_runningOf.Long(0), _runningOf.Long(4))] = _runningOf.Int(7) != 0;
        }

        for (var i = 0; i < leases.Count; i++)
        {
            if (((SqliteClaim)leases[i].Handle).Feed == feed && held.TryGetValue((leases[i].Key, leases[i].Fence), out var isCancelled))
            {
                answers[i] = isCancelled ? LeaseStatus.CancelRequested : LeaseStatus.Held;
            }
        }
    }

    /// <summary>Gives every session one more period: this process waited so long for the lock that others may have, too.</summary>
    public void GrantAll(Tx tx) => _ = _grantAll.Bind(1, tx.MonoMs + _leaseMs).Run();

    /// <summary>Whether <see cref="Rescue(Tx)"/> would find something. Reads only.</summary>
    public bool AnyExpired(long monoMs)
    {
        var any = _expired.Bind(1, monoMs).Step();
        if (any)
        {
            _expired.Reset();
        }

        return any;
    }

    /// <summary>Puts back what ran under sessions whose lease is over. True: there may be more.</summary>
    public bool Rescue(Tx tx)
    {
        List<long>? over = null;
        _ = _expired.Bind(1, tx.MonoMs);
        while (_expired.Step())
        {
            (over ??= []).Add(_expired.Long(0));
        }

        var left = RescueLimit;
        foreach (var session in over ?? [])
        {
            left -= Rescue(tx, session, left);
            if (left <= 0)
            {
                return true;
            }

            Close(session);
        }

        return false;
    }

    private int Rescue(Tx tx, long session, int limit)
    {
        var orphans = new List<(Place Job, bool IsAlone, bool IsCancelled)>();
        _ = _runningOf.Bind(1, session).Bind(2, limit);
        while (_runningOf.Step())
        {
            var place = new Place(_runningOf.Long(0), _runningOf.Int(1), _runningOf.Int(2), _runningOf.Int(3), _runningOf.Long(4), _runningOf.Int(5) + 1);
            orphans.Add((place, _runningOf.Int(6) != 0, _runningOf.Int(7) != 0));
        }

        foreach (var (job, isAlone, isCancelled) in orphans)
        {
            _ = _end.Bind(1, job.Id).Run();
            tx.Add(job.Queue, Counter.Running, -1);
            if (isCancelled)
            {
                tx.Add(job.Queue, Counter.CompletedTotal, 1);
                _moves.ToDone(tx, job, JobState.Cancelled, null, default, null);
                _uniques.Release(tx, job.Id);
            }
            else if (isAlone)
            {
                tx.Add(job.Queue, Counter.CompletedTotal, 1);
                tx.Add(job.Queue, Counter.FailedTotal, 1);
                _moves.ToDead(tx, job, null);
                _moves.Fail(tx, job.Id, "poison", $"Its worker died or lost its lease {job.Interruptions} times, the last time while it ran alone.");
                _uniques.Release(tx, job.Id);
            }
            else
            {
                _moves.ToReady(tx, job, isNew: false);
            }
        }

        return orphans.Count;
    }
}
