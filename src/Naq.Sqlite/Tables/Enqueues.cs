using Naq.Brokers;
using Naq.Sqlite.Engine;

namespace Naq.Sqlite.Tables;

/// <summary>Stores new jobs.</summary>
internal sealed class Enqueues
{
    /// <summary>So many unique keys at most are taken in one statement.</summary>
    private const int Together = 1000;

    private readonly Catalog _catalog;
    private readonly Transitions _moves;
    private readonly Uniques _uniques;
    private readonly Statement _insert;
    private readonly Statement _find;
    private readonly Statement _ready;
    private readonly HashSet<long> _held = [];

    public Enqueues(Database database, Catalog catalog, Transitions moves, Uniques uniques)
    {
        (_catalog, _moves, _uniques) = (catalog, moves, uniques);
        _insert = database.Prepare("INSERT INTO job(id, uid, q, prio, type, at, uniq, opts, body) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT(uid) DO NOTHING");
        _find = database.Prepare("SELECT uid FROM job WHERE id = ?1");
        _ready = database.Prepare("""
            INSERT INTO ready(q, prio, id, attempts, claims, interruptions, at)
            SELECT ?1, ?2, id, 0, 0, 0, ?5 FROM job WHERE id BETWEEN ?3 AND ?4
            """);
    }

    /// <summary>Stores jobs in their order; those that follow each other and have unique keys, as in a bulk, take their keys in one statement.</summary>
    public EnqueueResult[] Store(Tx tx, IReadOnlyList<NewJob> jobs)
    {
        var results = new EnqueueResult[jobs.Count];
        for (var i = 0; i < results.Length;)
        {
            var count = 0;
            while (count < Together && i + count < results.Length && MayShare(tx, jobs[i + count]))
            {
                count++;
            }

            if (count > 1)
            {
                StoreTogether(tx, jobs, i, count, results);
                i += count;
                continue;
            }

            results[i] = Store(tx, jobs[i]);
            i++;
        }

        return results;
    }

    private EnqueueResult Store(Tx tx, NewJob job)
    {
        // The id is looked at first: a repeated enqueue is a duplicate of itself, whatever its key or its queue say by now.
        var queue = _catalog.Queue(tx, job.Queue);
        var id = tx.Read(0, Counter.NextId);
        if (!TryInsert(tx, job, queue, id))
        {
            return new(job.Id, EnqueueStatus.Duplicate);
        }

        if (queue.MaxLength is { } max && Waiting(tx, queue) >= max)
        {
            _moves.ForgetJob(id);
            return new(job.Id, EnqueueStatus.QueueFull);
        }

        if (job.Unique is { } unique && _uniques.Take(tx, unique, id) is { } holder)
        {
            return Forget(job, id, holder);
        }

        tx.Add(0, Counter.NextId, 1);
        return Accept(tx, job, queue, id);
    }

    /// <summary>Whether nothing but its key and its id can keep a job from being ready at once.</summary>
    private bool MayShare(Tx tx, NewJob job) => job is { Unique.Period: null, RunAt: null } && _catalog.Queue(tx, job.Queue).MaxLength is null;

    private void StoreTogether(Tx tx, IReadOnlyList<NewJob> jobs, int start, int count, EnqueueResult[] results)
    {
        Span<int> stored = stackalloc int[count];
        var firstId = tx.Read(0, Counter.NextId);
        var nextId = firstId;
        for (var i = start; i < start + count; i++)
        {
            if (TryInsert(tx, jobs[i], _catalog.Queue(tx, jobs[i].Queue), nextId))
            {
                stored[(int)(nextId++ - firstId)] = i;
            }
            else
            {
                results[i] = new(jobs[i].Id, EnqueueStatus.Duplicate);
            }
        }

        tx.Add(0, Counter.NextId, nextId - firstId);
        _held.Clear();
        _uniques.Take(firstId, nextId - 1, _held);
        for (var id = firstId; id < nextId; id++)
        {
            var i = stored[(int)(id - firstId)];
            results[i] = _held.Contains(id) && _uniques.Take(tx, jobs[i].Unique!, id) is { } holder
                ? Forget(jobs[i], id, holder)
                : Accept(tx, jobs[i], _catalog.Queue(tx, jobs[i].Queue), id);
        }
    }

    private bool TryInsert(Tx tx, NewJob job, QueueRow queue, long id) =>
        _insert.Bind(1, id).Bind(2, job.Id.Value).Bind(3, queue.Id).Bind(4, (int)job.Priority).Bind(5, _catalog.TypeId(tx, job.Type))
            .Bind(6, job.EnqueuedAt.ToUnixTimeMilliseconds()).Bind(7, job.Unique?.Hash)
            .BlobOrNull(8, job.Settings.ToBytes()).Bind(9, job.Payload.Span).Run() == 1;

    private EnqueueResult Forget(NewJob job, long id, long holder)
    {
        _moves.ForgetJob(id);
        return new(Uid(holder) ?? job.Id, EnqueueStatus.Duplicate);
    }

    private EnqueueResult Accept(Tx tx, NewJob job, QueueRow queue, long id)
    {
        tx.Add(queue.Id, Counter.EnqueuedTotal, 1);
        var place = new Place(id, queue.Id, (int)job.Priority, 0, 0, 0);
        if (job.RunAt is { } runAt && runAt.ToUnixTimeMilliseconds() > tx.WallMs)
        {
            _moves.ToScheduled(tx, place, runAt.ToUnixTimeMilliseconds());
        }
        else
        {
            MakeReady(tx, place);
        }

        return new(job.Id, EnqueueStatus.Accepted);
    }

    /// <summary>Puts what was stored into <c>ready</c>; before it, nobody sees it there.</summary>
    public void Flush(Tx tx)
    {
        var jobs = tx.NewReady;
        if (jobs.Count > 0)
        {
            _ = _ready.Bind(1, jobs.Queue).Bind(2, jobs.Priority).Bind(3, jobs.FirstId).Bind(4, jobs.FirstId + jobs.Count - 1).Bind(5, tx.WallMs).Run();
            Transitions.MadeReady(tx, jobs.Queue, jobs.Count, isNew: true);
            tx.NewReady = default;
        }
    }

    private void MakeReady(Tx tx, in Place job)
    {
        var before = tx.NewReady;
        if (before.Count > 0 && (job.Queue, job.Priority, job.Id) == (before.Queue, before.Priority, before.FirstId + before.Count))
        {
            tx.NewReady = before with { Count = before.Count + 1 };
            return;
        }

        Flush(tx);
        tx.NewReady = new(job.Queue, job.Priority, job.Id, 1);
    }

    private static long Waiting(Tx tx, QueueRow queue) => tx.Read(queue.Id, Counter.Ready) + tx.Read(queue.Id, Counter.Scheduled)
        + (tx.NewReady.Queue == queue.Id ? tx.NewReady.Count : 0);

    private JobId? Uid(long id)
    {
        if (!_find.Bind(1, id).Step())
        {
            return null;
        }

        var uid = new JobId(_find.Guid(0));
        _find.Reset();
        return uid;
    }
}
