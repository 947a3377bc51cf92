using Naq.Sqlite.Engine;

namespace Naq.Sqlite.Tables;

/// <summary>Jobs that wait for a wall time, and their promotion when it has come.</summary>
internal sealed class Schedule
{
    /// <summary>Jobs promoted in one transaction; the rest follows in the next.</summary>
    private const int PromoteLimit = 500;

    private readonly Transitions _moves;
    private readonly Statement _next;
    private readonly Statement _due;
    private readonly Statement _remove;

    public Schedule(Database database, Transitions moves)
    {
        _moves = moves;
        _next = database.Prepare("SELECT min(due) FROM scheduled");
        _due = database.Prepare("SELECT id, q, prio, attempts, claims, interruptions FROM scheduled WHERE due <= ?1 ORDER BY due LIMIT ?2");
        _remove = database.Prepare("DELETE FROM scheduled WHERE id = ?1");
    }

    /// <summary>When the next job is due, in wall milliseconds; null: none waits.</summary>
    public long? NextDue()
    {
        _ = _next.Step();
        var next = _next.LongOrNull(0);
        _next.Reset();
        return next;
    }

    /// <summary>Makes due jobs ready, by the wall clock of this process.</summary>
    public void Promote(Tx tx)
    {
        var due = new List<Place>();
        _ = _due.Bind(1, tx.WallMs).Bind(2, PromoteLimit);
        while (_due.Step())
        {
            due.Add(new(_due.Long(0), _due.Int(1), _due.Int(2), _due.Int(3), _due.Long(4), _due.Int(5)));
        }

        foreach (var job in due)
        {
            Take(tx, job);
            _moves.ToReady(tx, job, isNew: true);
        }
    }

    /// <summary>Removes a job from the schedule.</summary>
    public void Take(Tx tx, in Place job)
    {
        _ = _remove.Bind(1, job.Id).Run();
        tx.Add(job.Queue, Counter.Scheduled, -1);
    }
}
