using Naq.Sqlite;
using Naq.Sqlite.Engine;

namespace Naq.Cli.Bench;

/// <summary>The yardstick: a queue of the fewest SQLite statements with the same guarantees: durable enqueue, fenced claim, durable end.</summary>
internal sealed class RawQueue : IDisposable
{
    private readonly Database _database;
    private readonly Statement _insert;
    private readonly Statement _claim;
    private readonly Statement _remove;
    private readonly Statement _keep;
    private readonly List<long> _claimed = [];

    public RawQueue(string path, Durability durability)
    {
        _database = Database.Open(path, create: true);
        _database.Execute($"PRAGMA journal_mode = WAL; PRAGMA synchronous = {durability}");
        _database.Execute(
            """
            CREATE TABLE job (id INTEGER PRIMARY KEY AUTOINCREMENT, uid BLOB NOT NULL, type TEXT NOT NULL, payload BLOB NOT NULL, fence INTEGER NOT NULL);
            CREATE INDEX ready ON job (id) WHERE fence = 0;
            CREATE TABLE done (id INTEGER PRIMARY KEY, uid BLOB NOT NULL)
            """);
        _insert = _database.Prepare("INSERT INTO job (uid, type, payload, fence) VALUES (?1, 'naq.noop', ?2, 0)");
        _claim = _database.Prepare("UPDATE job SET fence = fence + 1 WHERE id IN (SELECT id FROM job WHERE fence = 0 ORDER BY id LIMIT ?1) RETURNING id");
        _keep = _database.Prepare("INSERT INTO done SELECT id, uid FROM job WHERE id = ?1 AND fence = 1");
        _remove = _database.Prepare("DELETE FROM job WHERE id = ?1 AND fence = 1");
    }

    /// <summary>Writes everything in <paramref name="body"/> as one durable transaction.</summary>
    public void Commit(Action body)
    {
        _database.Execute("BEGIN IMMEDIATE");
        body();
        _database.Execute("COMMIT");
    }

    public void Enqueue(int count)
    {
        for (var i = 0; i < count; i++)
        {
            _ = _insert.Bind(1, Guid.CreateVersion7().ToByteArray()).Bind(2, "{}"u8).Run();
        }
    }

    public int Claim(int count)
    {
        _ = _claim.Bind(1, (long)count);
        while (_claim.Step())
        {
            _claimed.Add(_claim.Long(0));
        }

        return _claimed.Count;
    }

    public void Settle()
    {
        foreach (var id in _claimed)
        {
            _ = _keep.Bind(1, id).Run();
            _ = _remove.Bind(1, id).Run();
        }

        _claimed.Clear();
    }

    public void Dispose() => _database.Dispose();
}
