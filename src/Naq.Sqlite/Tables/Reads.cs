using Naq.Brokers;
using Naq.Sqlite.Engine;

namespace Naq.Sqlite.Tables;

/// <summary>Everything that is only read, on a connection of its own, one call at a time.</summary>
internal sealed class Reads : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Database _database;
    private readonly JobQueries _jobs;
    private readonly Statement _queues;
    private readonly Statement _counts;
    private readonly Statement _oldestReady;
    private readonly Statement _due;
    private readonly Statement _oldestLone;
    private readonly Statement _get;
    private readonly Statement _list;
    private readonly Statement _dataVersion;

    public Reads(string path, Durability durability)
    {
        _database = Database.Open(path, create: false);
        Schema.Configure(_database, durability);
        _jobs = new JobQueries(_database);
        _queues = _database.Prepare($"SELECT id, name, paused, max_length FROM queue WHERE paused <> {QueueRow.Gone} ORDER BY name");
        _counts = _database.Prepare("SELECT s, n FROM counts WHERE q = ?1");
        _oldestReady = _database.Prepare("SELECT at FROM ready WHERE q = ?1 AND prio = ?2 ORDER BY id LIMIT 1");
        _oldestLone = _database.Prepare("SELECT min(at) FROM lone WHERE q = ?1");
        _due = _database.Prepare("SELECT q, count(*), min(due) FROM (SELECT q, due FROM scheduled WHERE due <= ?1 ORDER BY due LIMIT 100000) GROUP BY q");
        _get = _database.Prepare("SELECT key, value, version FROM kv WHERE key = ?1 AND (expires IS NULL OR expires > ?2)");
        _list = _database.Prepare("SELECT key, value, version FROM kv WHERE key >= ?1 AND key < ?2 AND (expires IS NULL OR expires > ?3) ORDER BY key");
        _dataVersion = _database.Prepare("PRAGMA data_version");
    }

    /// <summary>A number that changes whenever any other connection commits; reads no table.</summary>
    public long DataVersion()
    {
        lock (_lock)
        {
            _ = _dataVersion.Step();
            var version = _dataVersion.Long(0);
            _dataVersion.Reset();
            return version;
        }
    }

    public JobSnapshot? Find(JobId id, long wallMs)
    {
        lock (_lock)
        {
            return _jobs.Find(id, wallMs);
        }
    }

    public JobPage List(JobFilter filter, string? after, int limit, long wallMs)
    {
        lock (_lock)
        {
            return _jobs.List(filter, after, limit, wallMs);
        }
    }

    public IReadOnlyList<QueueCounts> Counts(IReadOnlyList<string>? patterns, long wallMs)
    {
        lock (_lock)
        {
            _database.Execute("BEGIN");
            try
            {
                return CountsInside(patterns, wallMs);
            }
            finally
            {
                _database.Execute("COMMIT");
            }
        }
    }

    public ClusterEntry? Get(string key, long monoMs)
    {
        lock (_lock)
        {
            if (!_get.Bind(1, key).Bind(2, monoMs).Step())
            {
                return null;
            }

            var entry = Entry(_get);
            _get.Reset();
            return entry;
        }
    }

    public IReadOnlyList<ClusterEntry> Entries(string prefix, long monoMs)
    {
        lock (_lock)
        {
            var entries = new List<ClusterEntry>();
            _ = _list.Bind(1, prefix).Bind(2, prefix + "\U0010FFFF").Bind(3, monoMs);
            while (_list.Step())
            {
                entries.Add(Entry(_list));
            }

            return entries;
        }
    }

    /// <summary>Runs a health check that reads whole tables.</summary>
    public (string? Integrity, long Pages, long FreePages, long PageSize) Examine()
    {
        lock (_lock)
        {
            return (_database.Text("PRAGMA quick_check(1)"), _database.Scalar("PRAGMA page_count"), _database.Scalar("PRAGMA freelist_count"),
                _database.Scalar("PRAGMA page_size"));
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _database.Dispose();
        }
    }

    private static ClusterEntry Entry(Statement row) => new(row.Text(0)!, row.Bytes(1), row.Long(2));

    private List<QueueCounts> CountsInside(IReadOnlyList<string>? patterns, long wallMs)
    {
        var due = new Dictionary<int, (long Count, long Oldest)>();
        _ = _due.Bind(1, wallMs);
        while (_due.Step())
        {
            due[_due.Int(0)] = (_due.Long(1), _due.Long(2));
        }

        var queues = new List<QueueCounts>();
        while (_queues.Step())
        {
            var name = _queues.Text(1)!;
            if (patterns is null || patterns.Any(p => Names.Matches(p, name)))
            {
                var id = _queues.Int(0);
                queues.Add(Count(id, name, due.GetValueOrDefault(id), wallMs) with
                {
                    IsPaused = _queues.Int(2) != 0,
                    MaxLength = _queues.LongOrNull(3),
                });
            }
        }

        return queues;
    }

    private QueueCounts Count(int queue, string name, (long Count, long Oldest) due, long wallMs)
    {
        var n = new Dictionary<Counter, long>();
        _ = _counts.Bind(1, queue);
        while (_counts.Step())
        {
            n[(Counter)_counts.Int(0)] = _counts.Long(1);
        }

        var ready = n.GetValueOrDefault(Counter.Ready);
        var oldest = due.Count > 0 ? due.Oldest : long.MaxValue;
        oldest = ready > 0 ? Math.Min(oldest, OldestReady(queue)) : oldest;
        return new(name)
        {
            Ready = ready,
            Scheduled = n.GetValueOrDefault(Counter.Scheduled),
            Due = due.Count,
            InFlight = n.GetValueOrDefault(Counter.Running),
            Dead = n.GetValueOrDefault(Counter.Dead),
            OldestAge = oldest == long.MaxValue ? null : TimeSpan.FromMilliseconds(Math.Max(0, wallMs - oldest)),
            EnqueuedTotal = n.GetValueOrDefault(Counter.EnqueuedTotal),
            ReadyTotal = n.GetValueOrDefault(Counter.ReadyTotal),
            CompletedTotal = n.GetValueOrDefault(Counter.CompletedTotal),
            FailedTotal = n.GetValueOrDefault(Counter.FailedTotal),
        };
    }

    /// <summary>The head of each class is its oldest but for retries, which is near enough for a gauge and costs three look-ups.</summary>
    private long OldestReady(int queue)
    {
        var oldest = long.MaxValue;
        for (var priority = (int)JobPriority.High; priority <= (int)JobPriority.Low; priority++)
        {
            if (_oldestReady.Bind(1, queue).Bind(2, priority).Step())
            {
                oldest = Math.Min(oldest, _oldestReady.Long(0));
                _oldestReady.Reset();
            }
        }

        _ = _oldestLone.Bind(1, queue).Step();
        oldest = Math.Min(oldest, _oldestLone.LongOrNull(0) ?? long.MaxValue);
        _oldestLone.Reset();
        return oldest;
    }
}
