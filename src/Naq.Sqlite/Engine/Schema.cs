using System.Globalization;

namespace Naq.Sqlite.Engine;

/// <summary>The tables, and the rule for other versions of them.</summary>
internal static class Schema
{
    /// <summary>The version that this build reads and writes.</summary>
    public const int Current = 1;

    /// <summary>"NaqJ" in the file's header: tells our files from others.</summary>
    private const int ApplicationId = 0x4E61714A;

    // Split tables: a job's body is written once and never moves; what changes with each transition is a narrow row.
    // counts holds a row per (queue, kind): transactions sum their deltas in memory and write each row once.
    private const string Tables = """
        CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
        CREATE TABLE queue(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, paused INT NOT NULL DEFAULT 0, max_length INT);
        CREATE TABLE type(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
        CREATE TABLE job(id INTEGER PRIMARY KEY, uid BLOB NOT NULL UNIQUE, q INT NOT NULL, prio INT NOT NULL, type INT NOT NULL,
            at INT NOT NULL, uniq BLOB, opts BLOB, body BLOB NOT NULL);
        CREATE TABLE ready(q INT NOT NULL, prio INT NOT NULL, id INT NOT NULL, attempts INT NOT NULL, claims INT NOT NULL,
            interruptions INT NOT NULL, at INT NOT NULL, PRIMARY KEY(q, prio, id)) WITHOUT ROWID;
        CREATE TABLE lone(id INTEGER PRIMARY KEY, q INT NOT NULL, prio INT NOT NULL, attempts INT NOT NULL, claims INT NOT NULL,
            interruptions INT NOT NULL, at INT NOT NULL, session INT NOT NULL DEFAULT 0);
        CREATE TABLE running(id INTEGER PRIMARY KEY, q INT NOT NULL, prio INT NOT NULL, attempts INT NOT NULL, fence INT NOT NULL,
            interruptions INT NOT NULL, session INT NOT NULL, alone INT NOT NULL, cancel INT NOT NULL, at INT NOT NULL);
        CREATE TABLE scheduled(id INTEGER PRIMARY KEY, due INT NOT NULL, q INT NOT NULL, prio INT NOT NULL, attempts INT NOT NULL,
            claims INT NOT NULL, interruptions INT NOT NULL);
        CREATE INDEX scheduled_due ON scheduled(due);
        CREATE TABLE done(id INTEGER PRIMARY KEY, at INT NOT NULL, state INT NOT NULL, attempts INT NOT NULL, claims INT NOT NULL,
            interruptions INT NOT NULL, started INT, result BLOB, result_until INT);
        CREATE INDEX done_result ON done(result_until) WHERE result_until IS NOT NULL;
        CREATE TABLE dead(id INTEGER PRIMARY KEY, at INT NOT NULL, attempts INT NOT NULL, claims INT NOT NULL,
            interruptions INT NOT NULL, started INT);
        CREATE INDEX dead_at ON dead(at);
        CREATE TABLE failure(id INTEGER PRIMARY KEY, at INT NOT NULL, reason TEXT, error TEXT);
        CREATE TABLE uniq(key BLOB PRIMARY KEY, id INT NOT NULL, until INT, ended INT NOT NULL DEFAULT 0) WITHOUT ROWID;
        CREATE INDEX uniq_until ON uniq(until) WHERE ended = 1;
        CREATE TABLE counts(q INT NOT NULL, s INT NOT NULL, n INT NOT NULL, PRIMARY KEY(q, s)) WITHOUT ROWID;
        CREATE TABLE session(id INTEGER PRIMARY KEY, lease INT NOT NULL, worker TEXT NOT NULL, wake INT NOT NULL);
        CREATE TABLE kv(key TEXT PRIMARY KEY, value BLOB NOT NULL, version INT NOT NULL, expires INT) WITHOUT ROWID;
        """;

    // Came later and is only looked at by who knows it: made where it is missing, without another version.
    private const string LaterTables = """
        CREATE TABLE IF NOT EXISTS report(id INTEGER PRIMARY KEY, progress REAL, note TEXT, checkpoint BLOB, log TEXT);
        """;

    /// <summary>Sets a connection up; the file's shape must be there already, or be made next.</summary>
    /// <remarks>With <see cref="Durability.Synced"/> SQLite itself does as for <see cref="Durability.Normal"/>; the <see cref="Syncer"/> does the rest.</remarks>
    public static void Configure(Database database, Durability durability)
    {
        database.Execute("PRAGMA journal_mode=WAL");
        database.Execute(durability == Durability.Full ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL");

        // The elected checkpointer does it every few milliseconds; this is the net for when it is stopped.
        database.Execute("PRAGMA wal_autocheckpoint=20000; PRAGMA journal_size_limit=67108864; PRAGMA trusted_schema=OFF; PRAGMA cache_size=-16000; PRAGMA temp_store=MEMORY");
    }

    /// <summary>Makes the tables where there are none, and refuses what is not ours. Safe in several processes at once.</summary>
    /// <returns>The lease duration that the file was made with.</returns>
    public static TimeSpan Ensure(Database database, SqliteBrokerOptions options)
    {
        try
        {
            if (database.Scalar("SELECT count(*) FROM sqlite_schema") > 0)
            {
                RequireOurs(database);
            }

            Configure(database, options.Durability);
            database.Execute("BEGIN IMMEDIATE");
            if (database.Scalar("PRAGMA application_id") != ApplicationId)
            {
                Create(database, options.LeaseDuration ?? TimeSpan.FromSeconds(30));
            }

            database.Execute(LaterTables);
            database.Execute("COMMIT");
        }
        catch
        {
            database.RollbackIfOpen();
            throw;
        }

        RequireVersion(database);
        var lease = TimeSpan.FromMilliseconds(long.Parse(database.Text("SELECT value FROM meta WHERE key='lease_ms'")!, CultureInfo.InvariantCulture));
        return options.LeaseDuration is { } wanted && wanted != lease
            ? throw new LeaseMismatchException($"{database.Path} was made with a lease of {lease.TotalSeconds:0.###} s, not {wanted.TotalSeconds:0.###} s. Leave --lease out, or use that value.")
            : lease;
    }

    /// <summary>Refuses a file that a newer build has changed.</summary>
    public static void RequireVersion(Database database)
    {
        var version = database.Scalar("PRAGMA user_version");
        if (version > Current)
        {
            throw new BrokerUnavailableException($"{database.Path} has schema {version}; this naq knows up to {Current}. Use the newer naq.");
        }
    }

    private static void RequireOurs(Database database)
    {
        if (database.Scalar("PRAGMA application_id") != ApplicationId)
        {
            throw new NaqConfigurationException($"{database.Path} is a SQLite database of another program. Name another file.");
        }
    }

    private static void Create(Database database, TimeSpan lease)
    {
        database.Execute(Tables);
        database.Execute(string.Create(CultureInfo.InvariantCulture, $"""
            INSERT INTO meta VALUES('lease_ms', '{(long)lease.TotalMilliseconds}'), ('boot', '');
            INSERT INTO counts VALUES(0, {(int)Counter.NextId}, 1), (0, {(int)Counter.ConfigVersion}, 1), (0, {(int)Counter.KvVersion}, 1);
            PRAGMA user_version={Current};
            PRAGMA application_id={ApplicationId};
            """));
    }
}

/// <summary>Kinds of rows in <c>counts</c>. Those of queue 0 belong to the file.</summary>
internal enum Counter
{
    NextId = 0,
    ConfigVersion = 1,
    KvVersion = 2,
    Finished = 3,
    DeadKept = 4,

    Ready = 10,
    Running = 11,
    Scheduled = 12,
    Dead = 13,
    EnqueuedTotal = 20,
    ReadyTotal = 21,
    CompletedTotal = 22,
    FailedTotal = 23,
    TrimmedTotal = 24,
}
