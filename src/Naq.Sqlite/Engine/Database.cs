using SQLitePCL;

namespace Naq.Sqlite.Engine;

/// <summary>One connection, on raw handles. Used by one thread at a time; who that is, its owner decides.</summary>
internal sealed class Database : IDisposable
{
    /// <summary>Older versions corrupt a WAL that several processes write and checkpoint (the WAL-reset bug).</summary>
    private const int OldestSafeVersion = 3_051_003;

    private readonly sqlite3 _handle;
    private readonly List<Statement> _statements = [];

    static Database() => Batteries_V2.Init();

    private Database(sqlite3 handle, string path) => (_handle, Path) = (handle, path);

    public string Path { get; }

    public static string Version => raw.sqlite3_libversion().utf8_to_string();

    /// <summary>Rows that the last statement changed.</summary>
    public int Changes => Sqlite3.Changes(_handle.DangerousGetHandle());

    public bool InTransaction => raw.sqlite3_get_autocommit(_handle) == 0;

    public static Database Open(string path, bool create)
    {
        if (raw.sqlite3_libversion_number() < OldestSafeVersion)
        {
            throw new NaqConfigurationException($"SQLite {Version} can corrupt a database that several processes write. Use 3.51.3 or newer.");
        }

        var flags = raw.SQLITE_OPEN_READWRITE | (create ? raw.SQLITE_OPEN_CREATE : 0) | raw.SQLITE_OPEN_NOMUTEX;
        var code = raw.sqlite3_open_v2(path, out var handle, flags, null);
        var database = new Database(handle, path);
        if (code != raw.SQLITE_OK)
        {
            var fault = database.Fault(code, "opening the file");
            handle.Dispose();
            throw fault;
        }

        _ = raw.sqlite3_extended_result_codes(handle, 1);
        _ = raw.sqlite3_busy_timeout(handle, 5_000);
        return database;
    }

    public void Execute(string sql)
    {
        var code = raw.sqlite3_exec(_handle, sql);
        if (code != raw.SQLITE_OK)
        {
            throw Fault(code, sql.Length > 60 ? sql[..60] + "…" : sql);
        }
    }

    /// <summary>Prepares a statement that lives as long as the connection.</summary>
    public Statement Prepare(string sql)
    {
        var code = raw.sqlite3_prepare_v3(_handle, sql, raw.SQLITE_PREPARE_PERSISTENT, out var handle);
        if (code != raw.SQLITE_OK)
        {
            throw Fault(code, sql);
        }

        var statement = new Statement(this, handle, sql);
        _statements.Add(statement);
        return statement;
    }

    public long Scalar(string sql)
    {
        using var statement = new Statement(this, PrepareOnce(sql), sql);
        return statement.Step() ? statement.Long(0) : 0;
    }

    public string? Text(string sql)
    {
        using var statement = new Statement(this, PrepareOnce(sql), sql);
        return statement.Step() ? statement.Text(0) : null;
    }

    /// <summary>Leaves a transaction that SQLite has not left by itself.</summary>
    public void RollbackIfOpen()
    {
        if (InTransaction)
        {
            _ = raw.sqlite3_exec(_handle, "ROLLBACK");
        }
    }

    /// <summary>Leaves the log as it is even if this is the last connection of all that closes.</summary>
    public void KeepLog()
    {
        const int noCheckpointOnClose = 1006;
        _ = raw.sqlite3_db_config(_handle, noCheckpointOnClose, 1, out _);
    }

    public SqliteFault Fault(int code, string doing)
    {
        var extended = raw.sqlite3_extended_errcode(_handle);
        return new(extended == raw.SQLITE_OK ? code : extended, raw.sqlite3_errmsg(_handle).utf8_to_string(), doing);
    }

    public void Dispose()
    {
        foreach (var statement in _statements)
        {
            statement.Dispose();
        }

        _handle.Dispose();
    }

    private sqlite3_stmt PrepareOnce(string sql)
    {
        var code = raw.sqlite3_prepare_v2(_handle, sql, out var handle);
        return code == raw.SQLITE_OK ? handle : throw Fault(code, sql);
    }
}
