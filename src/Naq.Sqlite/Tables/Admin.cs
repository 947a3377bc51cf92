using Naq.Brokers;
using Naq.Sqlite.Engine;

namespace Naq.Sqlite.Tables;

/// <summary>What people do to single jobs and whole queues: cancel, requeue, delete, purge.</summary>
internal sealed class Admin
{
    private const int PurgeStep = 500;

    private static readonly Counter[] Totals = [Counter.EnqueuedTotal, Counter.ReadyTotal, Counter.CompletedTotal, Counter.FailedTotal];

    private readonly Catalog _catalog;
    private readonly Transitions _moves;
    private readonly Uniques _uniques;
    private readonly Schedule _schedule;
    private readonly Statement _find;
    private readonly Statement _ready;
    private readonly Statement _removeReady;
    private readonly Statement _lone;
    private readonly Statement _removeLone;
    private readonly Statement _scheduled;
    private readonly Statement _requestCancel;
    private readonly Statement _done;
    private readonly Statement _removeDone;
    private readonly Statement _dead;
    private readonly Statement _removeDead;
    private readonly Statement _purge;
    private readonly Statement _deadOf;

    public Admin(Database database, Catalog catalog, Transitions moves, Uniques uniques, Schedule schedule)
    {
        (_catalog, _moves, _uniques, _schedule) = (catalog, moves, uniques, schedule);
        _find = database.Prepare("SELECT id, q, prio FROM job WHERE uid = ?1");
        _ready = database.Prepare("SELECT attempts, claims, interruptions FROM ready WHERE q = ?1 AND prio = ?2 AND id = ?3");
        _removeReady = database.Prepare("DELETE FROM ready WHERE q = ?1 AND prio = ?2 AND id = ?3");
        _lone = database.Prepare("SELECT attempts, claims, interruptions FROM lone WHERE id = ?1");
        _removeLone = database.Prepare("DELETE FROM lone WHERE id = ?1");
        _scheduled = database.Prepare("SELECT attempts, claims, interruptions FROM scheduled WHERE id = ?1");
        _requestCancel = database.Prepare("""
            UPDATE running SET cancel = 1 WHERE id = ?1 RETURNING (SELECT wake FROM session WHERE session.id = running.session)
            """);
        _done = database.Prepare("SELECT attempts, claims, interruptions, state FROM done WHERE id = ?1");
        _removeDone = database.Prepare("DELETE FROM done WHERE id = ?1");
        _dead = database.Prepare("SELECT attempts, claims, interruptions FROM dead WHERE id = ?1");
        _removeDead = database.Prepare("DELETE FROM dead WHERE id = ?1");
        _purge = database.Prepare("""
            SELECT id, prio FROM ready WHERE q = ?1 UNION ALL SELECT id, prio FROM lone WHERE q = ?1
            UNION ALL SELECT id, prio FROM scheduled WHERE q = ?1 LIMIT ?2
            """);
        _deadOf = database.Prepare("SELECT dead.id, job.prio FROM dead JOIN job USING(id) WHERE job.q = ?1 LIMIT ?2");
    }

    public CancelResult Cancel(Tx tx, JobId uid)
    {
        if (Find(uid) is not { } key)
        {
            return CancelResult.NotFound;
        }

        if (TakeWaiting(tx, key) is { } job)
        {
            _moves.ToDone(tx, job, JobState.Cancelled, null, default, null);
            _uniques.Release(tx, key.Id);
            return CancelResult.Cancelled;
        }

        if (!_requestCancel.Bind(1, key.Id).Step())
        {
            return CancelResult.Finished;
        }

        tx.Attention.Add(_requestCancel.Long(0));
        _requestCancel.Reset();
        return CancelResult.Requested;
    }

    public RequeueResult Requeue(Tx tx, JobId uid)
    {
        if (Find(uid) is not { } key)
        {
            return RequeueResult.NotFound;
        }

        if (Row(_scheduled, key) is { } scheduled)
        {
            _schedule.Take(tx, scheduled);
            _moves.ToReady(tx, scheduled, isNew: true);
            return RequeueResult.Requeued;
        }

        if (!IsRequeueable(key, out var ended) || !_uniques.Retake(tx, key.Id))
        {
            return RequeueResult.Refused;
        }

        RemoveEnded(tx, key);
        _ = _catalog.Queue(tx, _catalog.Queue(key.Queue).Name);
        _moves.ToReady(tx, ended with { Attempts = 0, Interruptions = 0 }, isNew: true);
        return RequeueResult.Requeued;
    }

    public CancelResult Delete(Tx tx, JobId uid)
    {
        if (Find(uid) is not { } key)
        {
            return CancelResult.NotFound;
        }

        if (TakeWaiting(tx, key) is not null)
        {
            _uniques.Release(tx, key.Id);
        }
        else if (!RemoveEnded(tx, key))
        {
            return CancelResult.Requested;
        }

        Forget(key.Id);
        return CancelResult.Cancelled;
    }

    /// <summary>Deletes waiting jobs of a queue, up to 500 a call; 0: none are left.</summary>
    public int Purge(Tx tx, int queue)
    {
        var keys = Some(_purge, queue);
        foreach (var key in keys)
        {
            _ = TakeWaiting(tx, key);
            _uniques.Release(tx, key.Id);
            Forget(key.Id);
        }

        return keys.Count;
    }

    /// <summary>Deletes a queue, up to 500 jobs a call; no status: there is more to do.</summary>
    public (QueueDeletionStatus? Status, int Jobs) DeleteQueue(Tx tx, string name)
    {
        if (_catalog.Find(name) is not { } queue)
        {
            return (QueueDeletionStatus.NotFound, 0);
        }

        if (tx.Read(queue.Id, Counter.Running) > 0)
        {
            return (QueueDeletionStatus.Refused, 0);
        }

        if (Purge(tx, queue.Id) is > 0 and var waiting)
        {
            return (null, waiting);
        }

        var dead = Some(_deadOf, queue.Id);
        foreach (var key in dead)
        {
            _ = RemoveEnded(tx, key);
            Forget(key.Id);
        }

        if (dead.Count > 0)
        {
            return (null, dead.Count);
        }

        foreach (var total in Totals)
        {
            tx.Add(queue.Id, total, -tx.Read(queue.Id, total));
        }

        _catalog.Delete(tx, queue);
        return (QueueDeletionStatus.Deleted, 0);
    }

    private static List<Place> Some(Statement select, int queue)
    {
        var keys = new List<Place>();
        _ = select.Bind(1, queue).Bind(2, PurgeStep);
        while (select.Step())
        {
            keys.Add(new(select.Long(0), queue, select.Int(1), 0, 0, 0));
        }

        return keys;
    }

    private void Forget(long id)
    {
        _moves.ClearFailure(id);
        _moves.ForgetJob(id);
    }

    private Place? Find(JobId id)
    {
        if (!_find.Bind(1, id.Value).Step())
        {
            return null;
        }

        var key = new Place(_find.Long(0), _find.Int(1), _find.Int(2), 0, 0, 0);
        _find.Reset();
        return key;
    }

    private static Place? Row(Statement select, in Place key)
    {
        if (!select.Bind(1, key.Id).Step())
        {
            return null;
        }

        var row = key with { Attempts = select.Int(0), Claims = select.Long(1), Interruptions = select.Int(2) };
        select.Reset();
        return row;
    }

    /// <summary>Takes a ready or scheduled job out of its table; null: it is in neither.</summary>
    private Place? TakeWaiting(Tx tx, in Place key)
    {
        if (_ready.Bind(1, key.Queue).Bind(2, key.Priority).Bind(3, key.Id).Step())
        {
            var row = key with { Attempts = _ready.Int(0), Claims = _ready.Long(1), Interruptions = _ready.Int(2) };
            _ready.Reset();
            _ = _removeReady.Bind(1, key.Queue).Bind(2, key.Priority).Bind(3, key.Id).Run();
            tx.Add(key.Queue, Counter.Ready, -1);
            return row;
        }

        if (Row(_lone, key) is { } lone)
        {
            _ = _removeLone.Bind(1, key.Id).Run();
            tx.Add(key.Queue, Counter.Ready, -1);
            return lone;
        }

        if (Row(_scheduled, key) is { } scheduled)
        {
            _schedule.Take(tx, scheduled);
            return scheduled;
        }

        return null;
    }

    private bool IsRequeueable(in Place key, out Place ended)
    {
        if (Row(_dead, key) is { } dead)
        {
            ended = dead;
            return true;
        }

        var isCancelled = _done.Bind(1, key.Id).Step();
        ended = key;
        if (isCancelled)
        {
            ended = key with { Attempts = _done.Int(0), Claims = _done.Long(1), Interruptions = _done.Int(2) };
            isCancelled = _done.Int(3) == (int)JobState.Cancelled;
            _done.Reset();
        }

        return isCancelled;
    }

    private bool RemoveEnded(Tx tx, in Place key)
    {
        if (_removeDead.Bind(1, key.Id).Run() == 1)
        {
            tx.Add(key.Queue, Counter.Dead, -1);
            tx.Add(0, Counter.DeadKept, -1);
            return true;
        }

        if (_removeDone.Bind(1, key.Id).Run() == 1)
        {
            tx.Add(0, Counter.Finished, -1);
            return true;
        }

        return false;
    }
}
