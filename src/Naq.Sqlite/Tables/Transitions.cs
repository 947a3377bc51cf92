using Naq.Sqlite.Engine;

namespace Naq.Sqlite.Tables;

/// <summary>A job's narrow row, wherever it stands. Claims count every claim, hand-backs included: they are the fence.</summary>
internal readonly record struct Place(long Id, int Queue, int Priority, int Attempts, long Claims, int Interruptions);

/// <summary>Puts a job's narrow row into one of the tables, with the counts that go with it.</summary>
internal sealed class Transitions
{
    /// <summary>After so many interruptions a job is claimed alone.</summary>
    public const int InterruptionsBeforeAlone = 2;

    private readonly Statement _ready;
    private readonly Statement _lone;
    private readonly Statement _scheduled;
    private readonly Statement _done;
    private readonly Statement _dead;
    private readonly Statement _failure;
    private readonly Statement _clearFailure;
    private readonly Statement _forgetJob;
    private readonly Statement _forgetReport;

    public Transitions(Database database)
    {
        _ready = database.Prepare("INSERT INTO ready(q, prio, id, attempts, claims, interruptions, at) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)");
        _lone = database.Prepare("INSERT INTO lone(id, q, prio, attempts, claims, interruptions, at) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)");
        _scheduled = database.Prepare("INSERT INTO scheduled(id, due, q, prio, attempts, claims, interruptions) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)");
        _done = database.Prepare("INSERT INTO done(id, at, state, attempts, claims, interruptions, started, result, result_until) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)");
        _dead = database.Prepare("INSERT INTO dead(id, at, attempts, claims, interruptions, started) VALUES(?1, ?2, ?3, ?4, ?5, ?6)");
        _failure = database.Prepare("INSERT OR REPLACE INTO failure(id, at, reason, error) VALUES(?1, ?2, ?3, ?4)");
        _clearFailure = database.Prepare("DELETE FROM failure WHERE id = ?1");
        _forgetJob = database.Prepare("DELETE FROM job WHERE id = ?1");
        _forgetReport = database.Prepare("DELETE FROM report WHERE id = ?1");
    }

    /// <summary>Ready, or ready to be claimed alone. <paramref name="isNew"/>: not by a hand-back or a lost lease, so it counts as an arrival.</summary>
    public void ToReady(Tx tx, in Place job, bool isNew)
    {
        if (job.Interruptions >= InterruptionsBeforeAlone)
        {
            _ = _lone.Bind(1, job.Id).Bind(2, job.Queue).Bind(3, job.Priority).Bind(4, job.Attempts).Bind(5, job.Claims)
                .Bind(6, job.Interruptions).Bind(7, tx.WallMs).Run();
        }
        else
        {
            _ = _ready.Bind(1, job.Queue).Bind(2, job.Priority).Bind(3, job.Id).Bind(4, job.Attempts).Bind(5, job.Claims)
                .Bind(6, job.Interruptions).Bind(7, tx.WallMs).Run();
        }

        MadeReady(tx, job.Queue, 1, isNew);
    }

    /// <summary>Counts jobs that got rows in <c>ready</c>.</summary>
    public static void MadeReady(Tx tx, int queue, int count, bool isNew)
    {
        tx.Add(queue, Counter.Ready, count);
        if (isNew)
        {
            tx.Add(queue, Counter.ReadyTotal, count);
        }

        _ = tx.MadeReady.Add(queue);
    }

    public void ToScheduled(Tx tx, in Place job, long dueMs)
    {
        _ = _scheduled.Bind(1, job.Id).Bind(2, dueMs).Bind(3, job.Queue).Bind(4, job.Priority).Bind(5, job.Attempts)
            .Bind(6, job.Claims).Bind(7, job.Interruptions).Run();
        tx.Add(job.Queue, Counter.Scheduled, 1);
        tx.ScheduledFor(dueMs);
    }

    public void ToDone(Tx tx, in Place job, JobState state, long? startedMs, ReadOnlySpan<byte> result, long? resultUntilMs)
    {
        _ = _done.Bind(1, job.Id).Bind(2, tx.WallMs).Bind(3, (int)state).Bind(4, job.Attempts).Bind(5, job.Claims)
            .Bind(6, job.Interruptions).Bind(7, startedMs).BlobOrNull(8, result).Bind(9, result.IsEmpty ? null : resultUntilMs).Run();
        Finished(tx, 1);
    }

    /// <summary>Counts jobs that got rows in <c>done</c>.</summary>
    public static void Finished(Tx tx, int count)
    {
        tx.Add(0, Counter.Finished, count);
        tx.Finished = true;
    }

    public void ToDead(Tx tx, in Place job, long? startedMs)
    {
        _ = _dead.Bind(1, job.Id).Bind(2, tx.WallMs).Bind(3, job.Attempts).Bind(4, job.Claims).Bind(5, job.Interruptions)
            .Bind(6, startedMs).Run();
        tx.Add(job.Queue, Counter.Dead, 1);
        tx.Add(0, Counter.DeadKept, 1);
        tx.Finished = true;
    }

    public void Fail(Tx tx, long id, string? reason, string? error) =>
        _ = _failure.Bind(1, id).Bind(2, tx.WallMs).Bind(3, reason).Bind(4, error).Run();

    public void ClearFailure(long id) => _ = _clearFailure.Bind(1, id).Run();

    /// <summary>Deletes the body and what the job said of itself; the narrow row must be gone already.</summary>
    public void ForgetJob(long id)
    {
        _ = _forgetReport.Bind(1, id).Run();
        _ = _forgetJob.Bind(1, id).Run();
    }
}
