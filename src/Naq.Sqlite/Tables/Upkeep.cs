using Naq.Sqlite.Engine;

namespace Naq.Sqlite.Tables;

/// <summary>Forgets what is too old or too much: finished jobs, dead letters, results, periods of unique keys. 500 rows a step.</summary>
internal sealed class Upkeep
{
    private const int Step = 500;

    private readonly SqliteBrokerOptions _options;
    private readonly Uniques _uniques;
    private readonly KeyValues _keys;
    private readonly Transitions _moves;
    private readonly Statement _oldestDone;
    private readonly Statement _removeDone;
    private readonly Statement _oldestDead;
    private readonly Statement _removeDead;
    private readonly Statement _queueOf;
    private readonly Statement _dropResults;

    public Upkeep(Database database, SqliteBrokerOptions options, Transitions moves, Uniques uniques, KeyValues keys)
    {
        (_options, _moves, _uniques, _keys) = (options, moves, uniques, keys);
        _oldestDone = database.Prepare("SELECT d.id, d.at, j.uniq FROM done d LEFT JOIN job j ON j.id = d.id ORDER BY d.id LIMIT ?1");
        _removeDone = database.Prepare("DELETE FROM done WHERE id = ?1");
        _oldestDead = database.Prepare("SELECT id, at FROM dead ORDER BY at LIMIT ?1");
        _removeDead = database.Prepare("DELETE FROM dead WHERE id = ?1");
        _queueOf = database.Prepare("SELECT q FROM job WHERE id = ?1");
        _dropResults = database.Prepare("""
            UPDATE done SET result = NULL, result_until = NULL WHERE id IN (SELECT id FROM done WHERE result_until <= ?1 LIMIT 500)
            """);
    }

    /// <summary>Keeps the bounds on numbers; cheap when they are kept. True: there is more to do.</summary>
    public bool TrimNumbers(Tx tx)
    {
        var done = (int)Math.Min(Step, tx.Read(0, Counter.Finished) - _options.MaxFinished);
        var dead = (int)Math.Min(Step, tx.Read(0, Counter.DeadKept) - _options.MaxDead);
        if (done > 0)
        {
            _ = TrimDone(tx, done, long.MaxValue);
        }

        if (dead > 0)
        {
            _ = TrimDead(tx, dead, long.MaxValue);
        }

        return done == Step || dead == Step;
    }

    /// <summary>Keeps the bounds on ages; called every minute or so. True: there is more to do.</summary>
    public bool TrimAges(Tx tx)
    {
        var done = TrimDone(tx, Step, tx.WallMs - (long)_options.KeepFinished.TotalMilliseconds);
        var dead = TrimDead(tx, Step, tx.WallMs - (long)_options.KeepDead.TotalMilliseconds);
        var results = _dropResults.Bind(1, tx.WallMs).Run();
        var keys = _uniques.Trim(tx) + _keys.TrimExpired(tx);
        return Math.Max(Math.Max(done, dead), Math.Max(results, keys)) >= Step;
    }

    private int TrimDone(Tx tx, int limit, long olderThan)
    {
        var jobs = new List<(long Id, Guid? Key)>();
        _ = _oldestDone.Bind(1, limit);
        while (_oldestDone.Step())
        {
            if (_oldestDone.Long(1) < olderThan)
            {
                jobs.Add((_oldestDone.Long(0), _oldestDone.GuidOrNull(2)));
            }
        }

        foreach (var (id, key) in jobs)
        {
            if (key is { } held)
            {
                _uniques.Release(tx, id, held);
            }

            _ = _removeDone.Bind(1, id).Run();
            Forget(tx, id);
        }

        tx.Add(0, Counter.Finished, -jobs.Count);
        return jobs.Count;
    }

    private int TrimDead(Tx tx, int limit, long olderThan)
    {
        var ids = Oldest(_oldestDead, limit, olderThan);
        foreach (var id in ids)
        {
            _ = _queueOf.Bind(1, id).Step();
            tx.Add(_queueOf.Int(0), Counter.Dead, -1);
            _queueOf.Reset();
            _ = _removeDead.Bind(1, id).Run();
            Forget(tx, id);
        }

        tx.Add(0, Counter.DeadKept, -ids.Count);
        return ids.Count;
    }

    private static List<long> Oldest(Statement select, int limit, long olderThan)
    {
        var ids = new List<long>();
        _ = select.Bind(1, limit);
        while (select.Step())
        {
            if (select.Long(1) < olderThan)
            {
                ids.Add(select.Long(0));
            }
        }

        return ids;
    }

    private void Forget(Tx tx, long id)
    {
        _moves.ClearFailure(id);
        _moves.ForgetJob(id);
        tx.Add(0, Counter.TrimmedTotal, 1);
    }
}
