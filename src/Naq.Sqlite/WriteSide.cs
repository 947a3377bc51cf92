using Naq.Sqlite.Engine;
using Naq.Sqlite.Tables;

namespace Naq.Sqlite;

/// <summary>The writer's connection with all that is prepared on it. Belongs to whoever has the writer's turn.</summary>
internal sealed class WriteSide : IDisposable
{
    public WriteSide(SqliteBrokerOptions options, Database database, TimeSpan lease)
    {
        Database = database;
        CommitWaitsForDisk = options.Durability == Durability.Full;
        Schema.Configure(database, options.Durability);
        Tx = new(database);
        Catalog = new(database);
        Moves = new(database);
        Uniques = new(database);
        Keys = new(database);
        Schedule = new(database, Moves);
        Enqueues = new(database, Catalog, Moves, Uniques);
        Reports = new(database);
        Claims = new(database, Catalog, Reports);
        Settles = new(database, Moves, Uniques, Reports);
        Sessions = new(database, lease, Moves, Uniques);
        Admin = new(database, Catalog, Moves, Uniques, Schedule);
        Upkeep = new(database, options, Moves, Uniques, Keys);
        Begin = database.Prepare("BEGIN IMMEDIATE");
        Commit = database.Prepare("COMMIT");
        DataVersion = database.Prepare("PRAGMA data_version");
    }

    public Database Database { get; }

    /// <summary>Whether a transaction is on the disk when it ends; otherwise it takes some tenths of a millisecond.</summary>
    public bool CommitWaitsForDisk { get; }

    public Tx Tx { get; }

    public Catalog Catalog { get; }

    public Transitions Moves { get; }

    public Uniques Uniques { get; }

    public KeyValues Keys { get; }

    public Schedule Schedule { get; }

    public Enqueues Enqueues { get; }

    public Reports Reports { get; }

    public Claims Claims { get; }

    public Settles Settles { get; }

    public Sessions Sessions { get; }

    public Admin Admin { get; }

    public Upkeep Upkeep { get; }

    public Statement Begin { get; }

    public Statement Commit { get; }

    private Statement DataVersion { get; }

    /// <summary>A number that changes whenever another connection commits; reads no table.</summary>
    public long ReadDataVersion()
    {
        _ = DataVersion.Step();
        var version = DataVersion.Long(0);
        DataVersion.Reset();
        return version;
    }

    public void Dispose() => Database.Dispose();
}
