using System.Globalization;
using Naq.Sqlite.Engine;

namespace Naq.Cli.Benchmarks.Raw;

/// <summary>A claimed job of the raw queue: what its settlement needs.</summary>
internal readonly record struct RawClaim(long Id, long Fence);

/// <summary>
/// The least that SQLite must do for what Naq promises: a durable job under a public id that is stored once, claims with a fence, finished
/// jobs kept, counts that cost no scan. One process, one thread, prepared statements, a transaction a batch.
/// </summary>
internal sealed class RawQueue : IDisposable
{
    private const string Tables = """
        CREATE TABLE job(id INTEGER PRIMARY KEY, uid BLOB NOT NULL UNIQUE, q INT NOT NULL, prio INT NOT NULL, type INT NOT NULL, at INT NOT NULL, body BLOB NOT NULL);
        CREATE TABLE ready(q INT NOT NULL, prio INT NOT NULL, id INT NOT NULL, attempt INT NOT NULL, claims INT NOT NULL, PRIMARY KEY(q, prio, id)) WITHOUT ROWID;
        CREATE TABLE running(id INTEGER PRIMARY KEY, q INT NOT NULL, prio INT NOT NULL, attempt INT NOT NULL, fence INT NOT NULL, session INT NOT NULL);
        CREATE TABLE done(id INTEGER PRIMARY KEY, at INT NOT NULL, outcome INT NOT NULL, result BLOB);
        CREATE TABLE counts(q INT NOT NULL, s INT NOT NULL, n INT NOT NULL, PRIMARY KEY(q, s)) WITHOUT ROWID;
        INSERT INTO counts VALUES(1, 1, 0), (1, 2, 0), (1, 3, 0);
        """;

    private static readonly byte[] Body = "{}"u8.ToArray();

    private readonly Database _database;
    private readonly TimeProvider _time;
    private readonly Statement _begin;
    private readonly Statement _commit;
    private readonly Statement _count;
    private readonly Statement _insertJob;
    private readonly Statement _insertReady;
    private readonly Statement _select;
    private readonly Statement _take;
    private readonly Statement _remove;
    private readonly Statement _end;
    private readonly Statement _insertDone;
    private long _lastId;

    public RawQueue(string path, bool isFull, TimeProvider time)
    {
        _time = time;
        _database = Database.Open(path, create: true);
        var synchronous = isFull ? "FULL" : "NORMAL";
        _database.Execute($"PRAGMA journal_mode=WAL; PRAGMA synchronous={synchronous}; PRAGMA cache_size=-16000; PRAGMA temp_store=MEMORY");
        _database.Execute(Tables);
        _begin = _database.Prepare("BEGIN IMMEDIATE");
        _commit = _database.Prepare("COMMIT");
        _count = _database.Prepare("UPDATE counts SET n = n + ?2 WHERE q = 1 AND s = ?1");
        _insertJob = _database.Prepare("INSERT INTO job(id, uid, q, prio, type, at, body) VALUES(?1, ?2, 1, 1, 1, ?3, ?4)");
        _insertReady = _database.Prepare("INSERT INTO ready(q, prio, id, attempt, claims) VALUES(1, 1, ?1, 0, 0)");
        _select = _database.Prepare(
            "SELECT r.id, r.claims, j.uid, j.type, j.body FROM ready r CROSS JOIN job j ON j.id = r.id WHERE r.q = 1 ORDER BY r.prio, r.id LIMIT ?1");
        _take = _database.Prepare(
            "INSERT INTO running(id, q, prio, attempt, fence, session) SELECT id, q, prio, attempt, claims + 1, 1 FROM ready WHERE q = 1 AND (prio, id) <= (1, ?1)");
        _remove = _database.Prepare("DELETE FROM ready WHERE q = 1 AND (prio, id) <= (1, ?1)");
        _end = _database.Prepare("DELETE FROM running WHERE id = ?1 AND fence = ?2");
        _insertDone = _database.Prepare("INSERT INTO done(id, at, outcome) VALUES(?1, ?2, 1)");
    }

    private enum Count
    {
        Ready = 1,
        Running = 2,
        Done = 3,
    }

    /// <summary>Stores <paramref name="jobs"/> jobs in one transaction.</summary>
    public void Enqueue(int jobs)
    {
        _ = _begin.Run();
        var now = _time.GetUtcNow().ToUnixTimeMilliseconds();
        Span<byte> uid = stackalloc byte[16];
        for (var i = 0; i < jobs; i++)
        {
            var id = ++_lastId;
            _ = JobId.New(_time).Value.TryWriteBytes(uid, bigEndian: true, out _);
            _ = _insertJob.Bind(1, id).Bind(2, uid).Bind(3, now).Bind(4, Body.AsSpan()).Run();
            _ = _insertReady.Bind(1, id).Run();
        }

        Add(Count.Ready, jobs);
        _ = _commit.Run();
    }

    /// <summary>Claims up to <paramref name="limit"/> jobs, with their bodies, in one transaction.</summary>
    public void Claim(int limit, List<RawClaim> into)
    {
        into.Clear();
        _ = _begin.Run();
        _ = _select.Bind(1, limit);
        while (_select.Step())
        {
            _ = (_select.Guid(2), _select.Bytes(4));
            into.Add(new(_select.Long(0), _select.Long(1) + 1));
        }

        if (into.Count > 0)
        {
            _ = _take.Bind(1, into[^1].Id).Run();
            _ = _remove.Bind(1, into[^1].Id).Run();
            Add(Count.Ready, -into.Count);
            Add(Count.Running, into.Count);
        }

        _ = _commit.Run();
    }

    /// <summary>Ends the claims in one transaction.</summary>
    /// <exception cref="InvalidOperationException">A claim is somebody else's by now, which cannot be here.</exception>
    public void Settle(List<RawClaim> claims)
    {
        _ = _begin.Run();
        var now = _time.GetUtcNow().ToUnixTimeMilliseconds();
        foreach (var claim in claims)
        {
            if (_end.Bind(1, claim.Id).Bind(2, claim.Fence).Run() == 0)
            {
                throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"Job {claim.Id} of the raw queue was not running."));
            }

            _ = _insertDone.Bind(1, claim.Id).Bind(2, now).Run();
        }

        Add(Count.Running, -claims.Count);
        Add(Count.Done, claims.Count);
        _ = _commit.Run();
    }

    public void Dispose() => _database.Dispose();

    private void Add(Count kind, int delta) => _ = _count.Bind(1, (int)kind).Bind(2, delta).Run();
}
