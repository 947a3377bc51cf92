using System.Globalization;
using Naq.Brokers;
using Naq.Sqlite.Engine;

namespace Naq.Sqlite.Tables;

/// <summary>Finds and lists jobs: the body's row, joined with whichever narrow row says its state.</summary>
/// <remarks>A page costs a few look-ups a job. Filters by queue, type or time without a state read past what does not match.</remarks>
internal sealed class JobQueries
{
    /// <summary>Rows looked at for one page at most, so that a filter that matches nothing stays bounded; the page's cursor goes on behind them.</summary>
    private const int ScanLimit = 20_000;

    // A job stands in exactly one narrow table. Order of columns: see Snapshot.
    private const string Select = """
        SELECT j.id, j.uid, q.name, t.name, j.prio, j.at,
            CASE WHEN d.id IS NOT NULL THEN d.state WHEN x.id IS NOT NULL THEN 5 WHEN u.id IS NOT NULL THEN 3
                 WHEN s.id IS NOT NULL THEN 0 ELSE 2 END,
            coalesce(d.attempts, x.attempts, u.attempts, s.attempts, r.attempts, l.attempts, 0),
            coalesce(d.interruptions, x.interruptions, u.interruptions, s.interruptions, r.interruptions, l.interruptions, 0),
            f.reason, d.result, d.result_until, s.due, coalesce(d.started, x.started, u.at), coalesce(d.at, x.at), j.opts
        """;

    private const string Joins = """
        JOIN queue q ON q.id = j.q JOIN type t ON t.id = j.type
        LEFT JOIN done d ON d.id = j.id LEFT JOIN dead x ON x.id = j.id LEFT JOIN running u ON u.id = j.id
        LEFT JOIN scheduled s ON s.id = j.id LEFT JOIN ready r ON r.q = j.q AND r.prio = j.prio AND r.id = j.id
        LEFT JOIN lone l ON l.id = j.id LEFT JOIN failure f ON f.id = j.id
        """;

    private readonly Statement _find;
    private readonly Statement _list;
    private readonly Statement _queueId;
    private readonly Statement _queueIds;
    private readonly Dictionary<JobState, Statement> _byState = [];

    public JobQueries(Database database)
    {
        _find = database.Prepare($"{Select}, f.error, j.body, p.progress, p.note, p.log FROM job j {Joins} LEFT JOIN report p ON p.id = j.id WHERE j.uid = ?1");
        _list = database.Prepare($"{Select} FROM job j {Joins} WHERE j.id < ?1 ORDER BY j.id DESC");
        _queueId = database.Prepare("SELECT id FROM queue WHERE name = ?1");
        _queueIds = database.Prepare("SELECT id FROM queue");
        _byState[JobState.Running] = database.Prepare("SELECT id FROM running WHERE id < ?1 ORDER BY id DESC LIMIT ?2");
        _byState[JobState.Scheduled] = database.Prepare("SELECT id FROM scheduled WHERE id < ?1 ORDER BY id DESC LIMIT ?2");
        _byState[JobState.Dead] = database.Prepare("SELECT id FROM dead WHERE id < ?1 ORDER BY id DESC LIMIT ?2");
        _byState[JobState.Succeeded] = database.Prepare("SELECT id FROM done WHERE id < ?1 AND state = 4 ORDER BY id DESC LIMIT ?2");
        _byState[JobState.Cancelled] = database.Prepare("SELECT id FROM done WHERE id < ?1 AND state = 6 ORDER BY id DESC LIMIT ?2");
        _byState[JobState.Waiting] = database.Prepare("SELECT id FROM job WHERE id < ?1 AND 0 LIMIT ?2");
        _one = database.Prepare($"{Select} FROM job j {Joins} WHERE j.id = ?1");
        _ready = database.Prepare("SELECT id FROM ready WHERE q = ?1 AND prio = ?2 AND id < ?3 ORDER BY id DESC LIMIT ?4");
        _lone = database.Prepare("SELECT id FROM lone WHERE id < ?1 ORDER BY id DESC LIMIT ?2");
    }

    private readonly Statement _one;
    private readonly Statement _ready;
    private readonly Statement _lone;

    public JobSnapshot? Find(JobId id, long wallMs)
    {
        if (!_find.Bind(1, id.Value).Step())
        {
            return null;
        }

        var job = Snapshot(_find, wallMs) with
        {
            Error = _find.Text(16), Payload = _find.Bytes(17), Progress = _find.DoubleOrNull(18), Note = _find.Text(19), Log = _find.Text(20),
        };
        _find.Reset();
        return job;
    }

    public JobPage List(JobFilter filter, string? after, int limit, long wallMs)
    {
        var before = after is null ? long.MaxValue : long.Parse(after, CultureInfo.InvariantCulture);
        return filter.State is { } state ? ListState(filter, state, before, limit, wallMs) : ListAll(filter, before, limit, wallMs);
    }

    private JobPage ListAll(JobFilter filter, long before, int limit, long wallMs)
    {
        var jobs = new List<JobSnapshot>();
        var (last, looked, isEnd) = (before, 0, true);
        _ = _list.Bind(1, before);
        while (_list.Step())
        {
            if (jobs.Count == limit || looked++ == ScanLimit || IsPast(filter, _list.Long(5)))
            {
                isEnd = IsPast(filter, _list.Long(5));
                _list.Reset();
                break;
            }

            last = _list.Long(0);
            Keep(jobs, Snapshot(_list, wallMs), filter);
        }

        return new(jobs, isEnd ? null : last.ToString(CultureInfo.InvariantCulture));
    }

    private JobPage ListState(JobFilter filter, JobState state, long before, int limit, long wallMs)
    {
        var jobs = new List<JobSnapshot>();
        while (jobs.Count < limit)
        {
            var ids = Ids(filter, state, before, limit);
            foreach (var id in ids)
            {
                before = id;
                if (_one.Bind(1, id).Step())
                {
                    Keep(jobs, Snapshot(_one, wallMs), filter);
                    _one.Reset();
                }

                if (jobs.Count == limit)
                {
                    return new(jobs, before.ToString(CultureInfo.InvariantCulture));
                }
            }

            if (ids.Count < limit)
            {
                return new(jobs, null);
            }
        }

        return new(jobs, before.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>The newest ids of a state before one; the ready table is ordered by queue and class, so its runs are merged.</summary>
    private List<long> Ids(JobFilter filter, JobState state, long before, int limit)
    {
        var ids = new List<long>();
        if (state != JobState.Ready)
        {
            Collect(_byState[state].Bind(1, before).Bind(2, limit), ids);
            return ids;
        }

        var queues = new List<long>();
        Collect(filter.Queue is { } name ? _queueId.Bind(1, name) : _queueIds, queues);
        foreach (var queue in queues)
        {
            for (var priority = 0; priority <= 2; priority++)
            {
                Collect(_ready.Bind(1, queue).Bind(2, priority).Bind(3, before).Bind(4, limit), ids);
            }
        }

        Collect(_lone.Bind(1, before).Bind(2, limit), ids);
        ids.Sort(static (a, b) => b.CompareTo(a));
        return ids.Count > limit ? ids[..limit] : ids;
    }

    private static void Collect(Statement select, List<long> ids)
    {
        while (select.Step())
        {
            ids.Add(select.Long(0));
        }
    }

    private static bool IsPast(JobFilter filter, long enqueuedMs) => filter.Since is { } since && enqueuedMs < since.ToUnixTimeMilliseconds() - 60_000;

    private static void Keep(List<JobSnapshot> jobs, JobSnapshot job, JobFilter filter)
    {
        if (filter.Matches(job))
        {
            jobs.Add(job);
        }
    }

    private static JobSnapshot Snapshot(Statement row, long wallMs)
    {
        var state = (JobState)row.Int(6);
        var isResultOver = row.LongOrNull(11) <= wallMs;
        return new(new(row.Guid(1)), row.Text(2)!, row.Text(3)!, state)
        {
            Priority = (JobPriority)row.Int(4),
            EnqueuedAt = DateTimeOffset.FromUnixTimeMilliseconds(row.Long(5)),
            Attempts = row.Int(7),
            Interruptions = row.Int(8),
            Reason = row.Text(9),
            Result = isResultOver || row.IsNull(10) ? default(ReadOnlyMemory<byte>) : row.Bytes(10),
            DueAt = Time(row, 12),
            StartedAt = Time(row, 13),
            FinishedAt = Time(row, 14),
            Tags = row.IsNull(15) ? [] : JobSettings.FromBytes(row.Blob(15)).Tags ?? [],
        };
    }

    private static DateTimeOffset? Time(Statement row, int column) =>
        row.LongOrNull(column) is { } ms ? DateTimeOffset.FromUnixTimeMilliseconds(ms) : null;
}
