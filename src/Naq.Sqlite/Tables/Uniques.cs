using System.Runtime.InteropServices;
using Naq.Brokers;
using Naq.Sqlite.Engine;

namespace Naq.Sqlite.Tables;

/// <summary>Unique keys: one row a key that is held, by a job in flight or by a period that is not over.</summary>
/// <remarks>
/// Keys lie all over their table, so whoever frees one writes a page for it, and the keys of a thousand jobs at once are on hardly more pages than those
/// of a hundred. So a bulk takes its keys in one statement, and the key of a job that succeeded is freed a little later, with many others, in the order of
/// the table; those of jobs that follow each other are often neighbours there (<see cref="UniqueKey.Of"/>) and go in one statement, which takes a third
/// of the time. Until then its row holds nothing: who finds it sees that its job has ended, and takes it over. A process that dies meanwhile leaves such
/// rows; they go with the jobs' records.
/// </remarks>
internal sealed class Uniques
{
    /// <summary>So many keys of ended jobs are freed at once …</summary>
    private const int Many = 4000;

    /// <summary>… or those that there are, after so long.</summary>
    private const long PatienceMs = 200;

    /// <summary>So many keys at least, of jobs that follow each other, are freed in one statement if they are neighbours: it looks at all that are held of these.</summary>
    private const int Together = 16;

    private readonly List<(Guid Key, long Id)> _ended = [];
    private readonly List<(Guid Key, long Id)> _ending = [];
    private readonly List<(Guid Key, long Id)> _scattered = [];
    private readonly Statement _take;
    private readonly Statement _takeTogether;
    private readonly Statement _heldOf;
    private readonly Statement _takeOver;
    private readonly Statement _find;
    private readonly Statement _release;
    private readonly Statement _releaseTogether;
    private readonly Statement _end;
    private readonly Statement _retake;
    private readonly Statement _keyOf;
    private readonly Statement _trim;
    private long _dueMs = long.MaxValue;
    private bool _isFreed;

    public Uniques(Database database)
    {
        _take = database.Prepare("""
            INSERT INTO uniq(key, id, until) VALUES(?1, ?2, ?3)
            ON CONFLICT(key) DO UPDATE SET id = excluded.id, until = excluded.until, ended = 0 WHERE ended = 1 AND until <= ?4
            """);
        _takeTogether = database.Prepare("INSERT INTO uniq(key, id) SELECT uniq, id FROM job WHERE id BETWEEN ?1 AND ?2 ON CONFLICT(key) DO NOTHING");
        _heldOf = database.Prepare("SELECT j.id FROM job j CROSS JOIN uniq u ON u.key = j.uniq WHERE j.id BETWEEN ?1 AND ?2 AND u.id <> j.id");
        _takeOver = database.Prepare("""
            UPDATE uniq SET id = ?2, until = ?3, ended = 0 WHERE key = ?1 AND (until IS NULL OR until <= ?4)
            AND (EXISTS(SELECT 1 FROM done WHERE done.id = uniq.id) OR NOT EXISTS(SELECT 1 FROM job WHERE job.id = uniq.id))
            """);
        _find = database.Prepare("SELECT id FROM uniq WHERE key = ?1");
        _release = database.Prepare("DELETE FROM uniq WHERE key = ?1 AND id = ?2 AND (until IS NULL OR until <= ?3)");

        // Exact only where every job of these numbers has ended: a row with such a number is one of theirs.
        _releaseTogether = database.Prepare("DELETE FROM uniq WHERE key BETWEEN ?1 AND ?2 AND id BETWEEN ?3 AND ?4 AND (until IS NULL OR until <= ?5)");
        _end = database.Prepare("UPDATE uniq SET ended = 1 WHERE key = ?1 AND id = ?2");
        _retake = database.Prepare("""
            INSERT INTO uniq(key, id) VALUES(?1, ?2)
            ON CONFLICT(key) DO UPDATE SET ended = 0 WHERE id = excluded.id
            """);
        _keyOf = database.Prepare("SELECT uniq FROM job WHERE id = ?1");
        _trim = database.Prepare("DELETE FROM uniq WHERE key IN (SELECT key FROM uniq WHERE ended = 1 AND until <= ?1 LIMIT 500)");
    }

    /// <summary>When keys of ended jobs are to be freed, in monotonic milliseconds; <see cref="long.MaxValue"/>: there are none.</summary>
    public long FreeDueMs => _dueMs;

    /// <summary>Takes a key for a new job; returns the job that holds it already, be it this one, or null.</summary>
    public long? Take(Tx tx, UniqueKey key, long id)
    {
        var until = key.Period is { } period ? tx.WallMs + (long)period.TotalMilliseconds : (long?)null;
        if (_take.Bind(1, key.Hash).Bind(2, id).Bind(3, until).Bind(4, tx.WallMs).Run() == 1
            || TryTakeOver(tx, key.Hash, id, until))
        {
            return null;
        }

        _ = _find.Bind(1, key.Hash).Step();
        var holder = _find.Long(0);
        _find.Reset();
        return holder;
    }

    /// <summary>Takes the keys of new jobs that are stored already, without periods. Those whose keys others hold, or a job before them, are added to <paramref name="held"/>.</summary>
    public void Take(long firstId, long lastId, HashSet<long> held)
    {
        if (_takeTogether.Bind(1, firstId).Bind(2, lastId).Run() == lastId - firstId + 1)
        {
            return;
        }

        _ = _heldOf.Bind(1, firstId).Bind(2, lastId);
        while (_heldOf.Step())
        {
            _ = held.Add(_heldOf.Long(0));
        }
    }

    /// <summary>Frees the key of a job that ended, or leaves it to its period.</summary>
    public void Release(Tx tx, long id)
    {
        if (KeyOf(id) is { } key)
        {
            Release(tx, id, key);
        }
    }

    /// <summary>The same where the key is known.</summary>
    public void Release(Tx tx, long id, Guid key)
    {
        if (_release.Bind(1, key).Bind(2, id).Bind(3, tx.WallMs).Run() == 0)
        {
            _ = _end.Bind(1, key).Bind(2, id).Run();
        }
    }

    /// <summary>Frees the key of a job that succeeded in this transaction, in this one or a later one. Such a job is never put back.</summary>
    public void ReleaseSoon(long id, Guid key) => _ending.Add((key, id));

    /// <summary>Frees the keys of ended jobs if they are many, or have waited; <paramref name="isLast"/>: in any case.</summary>
    public void FreeEnded(Tx tx, bool isLast)
    {
        if (_ended.Count == 0 || (_ended.Count < Many && tx.MonoMs < _dueMs && !isLast))
        {
            return;
        }

        _scattered.Clear();
        _ended.Sort(static (a, b) => a.Id.CompareTo(b.Id));
        var jobs = CollectionsMarshal.AsSpan(_ended);
        while (jobs.Length > 0)
        {
            var count = Neighbours(jobs);
            if (count < Together || !TryRelease(tx, jobs[..count]))
            {
                _scattered.AddRange(jobs[..count]);
            }

            jobs = jobs[count..];
        }

        _scattered.Sort(static (a, b) => a.Key.CompareTo(b.Key));
        foreach (var (key, id) in _scattered)
        {
            Release(tx, id, key);
        }

        _isFreed = true;
    }

    /// <summary>The transaction is committed.</summary>
    public void Committed(Tx tx)
    {
        if (_isFreed)
        {
            _ended.Clear();
            (_isFreed, _dueMs) = (false, long.MaxValue);
        }

        if (_ending.Count > 0)
        {
            _ended.AddRange(_ending);
            _ending.Clear();
            _dueMs = Math.Min(_dueMs, tx.MonoMs + PatienceMs);
        }
    }

    /// <summary>The transaction was rolled back.</summary>
    public void RolledBack()
    {
        _ending.Clear();
        _isFreed = false;
    }

    /// <summary>Takes the key again for a job that is put back; false: another job holds it.</summary>
    public bool Retake(Tx tx, long id) => KeyOf(id) is not { } key || _retake.Bind(1, key).Bind(2, id).Run() == 1 || TryTakeOver(tx, key, id, null);

    /// <summary>Drops keys whose period is over, 500 at most.</summary>
    public int Trim(Tx tx) => _trim.Bind(1, tx.WallMs).Run();

    /// <summary>How many of the first jobs follow each other and have keys that are neighbours.</summary>
    private static int Neighbours(ReadOnlySpan<(Guid Key, long Id)> jobs)
    {
        var (first, last) = UniqueKey.Around(jobs[0].Key);
        var count = 1;
        while (count < jobs.Length && jobs[count].Id == jobs[0].Id + count && jobs[count].Key >= first && jobs[count].Key <= last)
        {
            count++;
        }

        return count;
    }

    /// <summary>Frees the keys of neighbours; false: not of all of them, for there is a period to wait for, or another job has one.</summary>
    private bool TryRelease(Tx tx, ReadOnlySpan<(Guid Key, long Id)> jobs)
    {
        var (first, last) = UniqueKey.Around(jobs[0].Key);
        return _releaseTogether.Bind(1, first).Bind(2, last).Bind(3, jobs[0].Id).Bind(4, jobs[^1].Id).Bind(5, tx.WallMs).Run() == jobs.Length;
    }

    /// <summary>Takes a key whose row was left by a job that has ended.</summary>
    private bool TryTakeOver(Tx tx, Guid key, long id, long? until) =>
        _takeOver.Bind(1, key).Bind(2, id).Bind(3, until).Bind(4, tx.WallMs).Run() == 1;

    private Guid? KeyOf(long id)
    {
        if (!_keyOf.Bind(1, id).Step())
        {
            return null;
        }

        var key = _keyOf.GuidOrNull(0);
        _keyOf.Reset();
        return key;
    }
}
