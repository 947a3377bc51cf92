using Naq.Sqlite.Engine;

namespace Naq.Sqlite.Tables;

/// <summary>The cluster store's rows: written here by the writer thread, read by <see cref="Reads"/>.</summary>
internal sealed class KeyValues
{
    private readonly Statement _version;
    private readonly Statement _put;
    private readonly Statement _delete;
    private readonly Statement _trim;

    public KeyValues(Database database)
    {
        _version = database.Prepare("SELECT version FROM kv WHERE key = ?1 AND (expires IS NULL OR expires > ?2)");
        _put = database.Prepare("INSERT OR REPLACE INTO kv(key, value, version, expires) VALUES(?1, ?2, ?3, ?4)");
        _delete = database.Prepare("DELETE FROM kv WHERE key = ?1");
        _trim = database.Prepare("DELETE FROM kv WHERE expires <= ?1");
    }

    public long? Put(Tx tx, string key, ReadOnlySpan<byte> value, long? ifVersion, TimeSpan? ttl)
    {
        if (ifVersion is { } expected && Version(tx, key) != expected)
        {
            return null;
        }

        tx.Add(0, Counter.KvVersion, 1);
        var version = tx.Read(0, Counter.KvVersion);
        _ = _put.Bind(1, key).Bind(2, value).Bind(3, version).Bind(4, ttl is { } t ? tx.MonoMs + (long)t.TotalMilliseconds : null).Run();
        tx.ControlChanged |= IsControl(key);
        return version;
    }

    public bool Delete(Tx tx, string key, long? ifVersion)
    {
        var version = Version(tx, key);
        if (version == 0 || (ifVersion is { } expected && version != expected))
        {
            return false;
        }

        tx.ControlChanged |= IsControl(key);
        return _delete.Bind(1, key).Run() == 1;
    }

    public int TrimExpired(Tx tx) => _trim.Bind(1, tx.MonoMs).Run();

    private static bool IsControl(string key) => key.StartsWith("control/", StringComparison.Ordinal);

    /// <summary>The live version of a key; 0: it is not there.</summary>
    private long Version(Tx tx, string key)
    {
        if (!_version.Bind(1, key).Bind(2, tx.MonoMs).Step())
        {
            return 0;
        }

        var version = _version.Long(0);
        _version.Reset();
        return version;
    }
}
