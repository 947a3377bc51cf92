using Naq.Brokers;
using Naq.Sqlite.Engine;

namespace Naq.Sqlite.Tables;

/// <summary>Unique keys: one row a key that is held, by a job in flight or by a period that is not over.</summary>
internal sealed class Uniques
{
    private readonly Statement _take;
    private readonly Statement _find;
    private readonly Statement _release;
    private readonly Statement _end;
    private readonly Statement _retake;
    private readonly Statement _keyOf;
    private readonly Statement _trim;

    public Uniques(Database database)
    {
        _take = database.Prepare("""
            INSERT INTO uniq(key, id, until) VALUES(?1, ?2, ?3)
            ON CONFLICT(key) DO UPDATE SET id = excluded.id, until = excluded.until, ended = 0 WHERE ended = 1 AND until <= ?4
            """);
        _find = database.Prepare("SELECT id FROM uniq WHERE key = ?1");
        _release = database.Prepare("DELETE FROM uniq WHERE key = ?1 AND id = ?2 AND (until IS NULL OR until <= ?3)");
        _end = database.Prepare("UPDATE uniq SET ended = 1 WHERE key = ?1 AND id = ?2");
        _retake = database.Prepare("""
            INSERT INTO uniq(key, id) VALUES(?1, ?2)
            ON CONFLICT(key) DO UPDATE SET ended = 0 WHERE id = excluded.id
            """);
        _keyOf = database.Prepare("SELECT uniq FROM job WHERE id = ?1");
        _trim = database.Prepare("DELETE FROM uniq WHERE key IN (SELECT key FROM uniq WHERE ended = 1 AND until <= ?1 LIMIT 500)");
    }

    /// <summary>Takes a key for a new job; returns the job that holds it already, or null.</summary>
    public long? Take(Tx tx, UniqueKey key, long id)
    {
        var until = key.Period is { } period ? tx.WallMs + (long)period.TotalMilliseconds : (long?)null;
        if (_take.Bind(1, key.Hash.Span).Bind(2, id).Bind(3, until).Bind(4, tx.WallMs).Run() == 1)
        {
            return null;
        }

        _ = _find.Bind(1, key.Hash.Span).Step();
        var holder = _find.Long(0);
        _find.Reset();
        return holder;
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
    public void Release(Tx tx, long id, ReadOnlySpan<byte> key)
    {
        if (_release.Bind(1, key).Bind(2, id).Bind(3, tx.WallMs).Run() == 0)
        {
            _ = _end.Bind(1, key).Bind(2, id).Run();
        }
    }

    /// <summary>Takes the key again for a job that is put back; false: another job holds it.</summary>
    public bool Retake(long id) => KeyOf(id) is not { } key || _retake.Bind(1, key).Bind(2, id).Run() == 1;

    /// <summary>Drops keys whose period is over, 500 at most.</summary>
    public int Trim(Tx tx) => _trim.Bind(1, tx.WallMs).Run();

    private byte[]? KeyOf(long id)
    {
        if (!_keyOf.Bind(1, id).Step())
        {
            return null;
        }

        var key = _keyOf.IsNull(0) ? null : _keyOf.Bytes(0);
        _keyOf.Reset();
        return key;
    }
}
