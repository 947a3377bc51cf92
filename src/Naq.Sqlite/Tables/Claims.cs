using System.Runtime.InteropServices;
using Naq.Brokers;
using Naq.Sqlite.Engine;

namespace Naq.Sqlite.Tables;

/// <summary>Who claims: a feed, as the statements see it.</summary>
internal interface IClaimant
{
    /// <summary>Its row in the session table.</summary>
    long Session { get; }

    string Worker { get; }

    ClaimOrder Order { get; }

    /// <summary>Jobs claimed and not settled, delivered or not.</summary>
    int Unsettled { get; }

    /// <summary>A claim of it has ended, by settlement or by the loss of its lease.</summary>
    void Ended(SqliteClaim claim);
}

/// <summary>What a lease of this broker refers to: the narrow row as it was claimed.</summary>
internal sealed class SqliteClaim(IClaimant feed, Place place, Guid? uniqueKey, bool isAlone)
{
    private int _isEnded;

    public IClaimant Feed { get; } = feed;

    public Place Place { get; } = place;

    /// <summary>The hash of its unique key; null: it has none.</summary>
    public Guid? UniqueKey { get; } = uniqueKey;

    public bool IsAlone { get; } = isAlone;

    /// <summary>It was settled or lost; tells its feed, once.</summary>
    public void End()
    {
        if (Interlocked.Exchange(ref _isEnded, 1) == 0)
        {
            Feed.Ended(this);
        }
    }
}

/// <summary>Moves ready jobs into the hands of a session.</summary>
/// <remarks>A claim is three statements over one range of the ready table, however many jobs it takes.</remarks>
internal sealed class Claims
{
    private const string Columns = """
        r.id, r.prio, r.attempts, r.claims, r.interruptions, r.at, j.uid, j.type, j.at, j.uniq, j.opts, j.body
        """;

    private readonly Catalog _catalog;
    private readonly Reports _reports;
    private readonly Statement _select;
    private readonly Statement _take;
    private readonly Statement _remove;
    private readonly Statement _peek;
    private readonly Statement _findLone;
    private readonly Statement _reserveLone;
    private readonly Statement _selectLone;
    private readonly Statement _takeLone;
    private readonly Statement _removeLone;
    private byte[] _lastOptions = [];
    private JobSettings _lastSettings = JobSettings.Default;

    public Claims(Database database, Catalog catalog, Reports reports)
    {
        (_catalog, _reports) = (catalog, reports);
        _peek = database.Prepare("SELECT 1 FROM ready WHERE q = ?1 LIMIT 1");
        _select = database.Prepare($"SELECT {Columns} FROM ready r CROSS JOIN job j ON j.id = r.id WHERE r.q = ?1 ORDER BY r.prio, r.id LIMIT ?2");
        _take = database.Prepare("""
            INSERT INTO running(id, q, prio, attempts, fence, interruptions, session, alone, cancel, at)
            SELECT id, q, prio, attempts, claims + 1, interruptions, ?4, 0, 0, ?5 FROM ready WHERE q = ?1 AND (prio, id) <= (?2, ?3)
            """);
        _remove = database.Prepare("DELETE FROM ready WHERE q = ?1 AND (prio, id) <= (?2, ?3)");
        _findLone = database.Prepare("""
            SELECT id, q, session = ?1, session = ?1 OR session NOT IN (SELECT id FROM session) FROM lone ORDER BY session = ?1 DESC, id
            """);
        _reserveLone = database.Prepare("UPDATE lone SET session = ?2 WHERE id = ?1");
        _selectLone = database.Prepare($"SELECT {Columns} FROM lone r CROSS JOIN job j ON j.id = r.id WHERE r.id = ?1");
        _takeLone = database.Prepare("""
            INSERT INTO running(id, q, prio, attempts, fence, interruptions, session, alone, cancel, at)
            SELECT id, q, prio, attempts, claims + 1, interruptions, ?2, 1, 0, ?3 FROM lone WHERE id = ?1
            """);
        _removeLone = database.Prepare("DELETE FROM lone WHERE id = ?1");
    }

    /// <summary>Says whether a claim for <paramref name="feed"/> could find something. Reads only.</summary>
    public bool Peek(IClaimant feed)
    {
        if (FindLone(feed) is { } lone)
        {
            // One that this feed has reserved waits until the feed is empty: the last settlement claims it.
            return feed.Unsettled == 0 || !lone.IsMine;
        }

        foreach (var queue in feed.Order.Queues(_catalog))
        {
            if (!queue.IsPaused && Any(_peek.Bind(1, queue.Id)))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Claims up to <paramref name="limit"/> jobs for <paramref name="feed"/> into <paramref name="into"/>.</summary>
    public void Claim(Tx tx, IClaimant feed, int limit, List<ClaimedJob> into)
    {
        if (FindLone(feed) is { } lone)
        {
            if (feed.Unsettled > 0)
            {
                // Reserved: this feed empties first. Another that is empty before it may take the job all the same.
                if (!lone.IsMine)
                {
                    _ = _reserveLone.Bind(1, lone.Id).Bind(2, feed.Session).Run();
                }

                return;
            }

            ClaimLone(tx, feed, lone.Queue, lone.Id, into);
            return;
        }

        foreach (var (queue, share) in feed.Order.Shares(_catalog, limit))
        {
            var wanted = Math.Min(share, limit - into.Count);
            if (wanted > 0 && !queue.IsPaused)
            {
                ClaimRange(tx, feed, queue, wanted, into);
            }
        }
    }

    private static bool Any(Statement select)
    {
        var any = select.Step();
        if (any)
        {
            select.Reset();
        }

        return any;
    }

    /// <summary>A job to run alone that this feed may take now, or should empty itself for; null: none.</summary>
    private (long Id, int Queue, bool IsMine)? FindLone(IClaimant feed)
    {
        (long, int, bool)? found = null;
        _ = _findLone.Bind(1, feed.Session);
        while (_findLone.Step())
        {
            var (id, queue, isMine) = (_findLone.Long(0), _catalog.Queue(_findLone.Int(1)), _findLone.Int(2) != 0);
            if ((_findLone.Int(3) != 0 || feed.Unsettled == 0) && !queue.IsPaused && feed.Order.Serves(queue.Name))
            {
                found = (id, queue.Id, isMine);
                _findLone.Reset();
                break;
            }
        }

        return found;
    }

    private void ClaimLone(Tx tx, IClaimant feed, int queue, long id, List<ClaimedJob> into)
    {
        if (_selectLone.Bind(1, id).Step())
        {
            into.Add(Read(_selectLone, feed, _catalog.Queue(queue), isAlone: true));
            _selectLone.Reset();
        }

        _ = _takeLone.Bind(1, id).Bind(2, feed.Session).Bind(3, tx.WallMs).Run();
        _ = _removeLone.Bind(1, id).Run();
        Moved(tx, queue, 1);
    }

    private void ClaimRange(Tx tx, IClaimant feed, QueueRow queue, int limit, List<ClaimedJob> into)
    {
        var before = into.Count;
        _ = _select.Bind(1, queue.Id).Bind(2, limit);
        while (_select.Step())
        {
            into.Add(Read(_select, feed, queue, isAlone: false));
        }

        var taken = into.Count - before;
        if (taken == 0)
        {
            return;
        }

        var last = ((SqliteClaim)into[^1].Lease.Handle).Place;
        _ = _take.Bind(1, queue.Id).Bind(2, last.Priority).Bind(3, last.Id).Bind(4, feed.Session).Bind(5, tx.WallMs).Run();
        _ = _remove.Bind(1, queue.Id).Bind(2, last.Priority).Bind(3, last.Id).Run();
        Moved(tx, queue.Id, taken);
    }

    private static void Moved(Tx tx, int queue, int taken)
    {
        tx.Add(queue, Counter.Ready, -taken);
        tx.Add(queue, Counter.Running, taken);
    }

    private ClaimedJob Read(Statement row, IClaimant feed, QueueRow queue, bool isAlone)
    {
        var claims = row.Long(3) + 1;
        var place = new Place(row.Long(0), queue.Id, row.Int(1), row.Int(2), claims, row.Int(4));
        var claim = new SqliteClaim(feed, place, row.GuidOrNull(9), isAlone);
        var lease = new Lease(new(row.Guid(6)), claims, place.Id, claim);
        return new(lease, _catalog.TypeName(row.Int(7)), queue.Name, (JobPriority)place.Priority, row.Bytes(11), Settings(row.Blob(10)))
        {
            Attempt = place.Attempts + 1,
            Interruptions = place.Interruptions,
            IsAlone = isAlone,
            Checkpoint = claims > 1 ? _reports.Checkpoint(place.Id) : default,
            EnqueuedAt = DateTimeOffset.FromUnixTimeMilliseconds(row.Long(8)),
            ReadyAt = DateTimeOffset.FromUnixTimeMilliseconds(row.Long(5)),
        };
    }

    /// <summary>Most jobs of a run carry the same settings: the last ones read are kept.</summary>
    private JobSettings Settings(ReadOnlySpan<byte> options)
    {
        if (options.IsEmpty)
        {
            return JobSettings.Default;
        }

        if (!options.SequenceEqual(_lastOptions))
        {
            _lastSettings = JobSettings.FromBytes(options);
            _lastOptions = options.ToArray();
        }

        return _lastSettings;
    }
}

/// <summary>In which order a feed claims from its queues: strict, or by weights.</summary>
internal sealed class ClaimOrder(IReadOnlyList<QueueSource> sources, Random random)
{
    private readonly List<(QueueRow Queue, int Source)> _matches = [];
    private long _generation = -1;

    public int SourceCount => sources.Count;

    public bool HasPattern { get; } = sources.Any(static s => s.NameOrPattern.EndsWith('*'));

    public bool IsWeighted { get; } = sources.Any(static s => s.Weight is not null);

    public bool Serves(string queue)
    {
        foreach (var source in sources)
        {
            if (Names.Matches(source.NameOrPattern, queue))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The queues there are, in the order of the sources.</summary>
    public IEnumerable<QueueRow> Queues(Catalog catalog)
    {
        Match(catalog);
        return _matches.Select(static m => m.Queue);
    }

    /// <summary>Each queue with the most it may give in this claim; weighted, every queue comes twice: for its share, then for what others left.</summary>
    public IEnumerable<(QueueRow Queue, int Share)> Shares(Catalog catalog, int limit)
    {
        Match(catalog);
        if (!IsWeighted)
        {
            foreach (var (queue, _) in _matches)
            {
                yield return (queue, limit);
            }

            yield break;
        }

        var total = 0;
        foreach (var (_, source) in _matches)
        {
            total += Weight(source);
        }

        // One draw a claim decides who is asked first, so that single-job claims follow the weights too.
        var first = total == 0 ? 0 : random.Next(total);
        var start = 0;
        for (; start < _matches.Count - 1 && first >= Weight(_matches[start].Source); start++)
        {
            first -= Weight(_matches[start].Source);
        }

        for (var i = 0; i < 2 * _matches.Count; i++)
        {
            var (queue, source) = _matches[(start + i) % _matches.Count];
            yield return (queue, i < _matches.Count ? Math.Max(1, limit * Weight(source) / total) : limit);
        }
    }

    private int Weight(int source) => sources[source].Weight ?? 1;

    private void Match(Catalog catalog)
    {
        if (_generation == catalog.Generation)
        {
            return;
        }

        _generation = catalog.Generation;
        _matches.Clear();
        foreach (var queue in CollectionsMarshal.AsSpan(catalog.Queues.OrderBy(static q => q.Name, StringComparer.Ordinal).ToList()))
        {
            var source = 0;
            while (source < sources.Count && !Names.Matches(sources[source].NameOrPattern, queue.Name))
            {
                source++;
            }

            if (source < sources.Count)
            {
                _matches.Add((queue, source));
            }
        }

        _matches.Sort(static (a, b) => a.Source != b.Source ? a.Source.CompareTo(b.Source) : string.CompareOrdinal(a.Queue.Name, b.Queue.Name));
    }
}
