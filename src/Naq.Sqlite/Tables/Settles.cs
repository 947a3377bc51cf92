using Naq.Brokers;
using Naq.Sqlite.Engine;

namespace Naq.Sqlite.Tables;

/// <summary>Ends claims. The row in <c>running</c> with this id and this fence is the right to do so.</summary>
internal sealed class Settles
{
    private readonly Transitions _moves;
    private readonly Uniques _uniques;
    private readonly Reports _reports;
    private readonly Statement _end;
    private readonly Statement _endAndTell;
    private readonly Statement _finishRun;
    private readonly Statement _endRun;

    public Settles(Database database, Transitions moves, Uniques uniques, Reports reports)
    {
        (_moves, _uniques, _reports) = (moves, uniques, reports);
        _end = database.Prepare("DELETE FROM running WHERE id = ?1 AND fence = ?2");
        _endAndTell = database.Prepare("DELETE FROM running WHERE id = ?1 AND fence = ?2 RETURNING cancel");

        // All of them or none: where one is not there with this fence, each is asked for alone.
        _finishRun = database.Prepare("""
            INSERT INTO done(id, at, state, attempts, claims, interruptions, started)
            SELECT id, ?4, ?5, attempts + 1, fence, interruptions, ?6 FROM running WHERE id BETWEEN ?1 AND ?2 AND fence = ?3
            AND (SELECT count(*) FROM running WHERE id BETWEEN ?1 AND ?2 AND fence = ?3) = ?2 - ?1 + 1
            """);
        _endRun = database.Prepare("DELETE FROM running WHERE id BETWEEN ?1 AND ?2");
    }

    /// <summary>Settles in the order of the jobs' numbers: those that ended alike and follow each other, as short jobs do, take two statements together.</summary>
    public void Settle(Tx tx, SettleBatch batch, SettleResult[] results)
    {
        for (var i = 0; i < batch.Count;)
        {
            var length = batch.RunAt(i);
            if (length > 1 && TryFinish(tx, batch, i, length))
            {
                for (var end = i + length; i < end; i++)
                {
                    results[batch.Position(i)] = SettleResult.Settled;
                }

                continue;
            }

            for (var end = i + length; i < end; i++)
            {
                results[batch.Position(i)] = Settle(tx, batch[i]);
            }
        }
    }

    private bool TryFinish(Tx tx, SettleBatch batch, int start, int length)
    {
        var first = batch[start];
        var job = ((SqliteClaim)first.Lease.Handle).Place;
        _ = _finishRun.Bind(1, job.Id).Bind(2, job.Id + length - 1).Bind(3, job.Claims).Bind(4, tx.WallMs).Bind(5, (int)JobState.Succeeded)
            .Bind(6, first.StartedAt?.ToUnixTimeMilliseconds());
        if (_finishRun.Run() == 0)
        {
            return false;
        }

        _ = _endRun.Bind(1, job.Id).Bind(2, job.Id + length - 1).Run();
        tx.Add(job.Queue, Counter.Running, -length);
        tx.Add(job.Queue, Counter.CompletedTotal, length);
        Transitions.Finished(tx, length);
        for (var i = start; i < start + length; i++)
        {
            ReleaseSoon((SqliteClaim)batch[i].Lease.Handle);
        }

        return true;
    }

    public SettleResult Settle(Tx tx, in Settlement settlement)
    {
        var claim = (SqliteClaim)settlement.Lease.Handle;
        var job = claim.Place;
        var isCancelled = false;
        if (settlement.Kind is SettleKind.Succeed)
        {
            if (_end.Bind(1, job.Id).Bind(2, job.Claims).Run() == 0)
            {
                return SettleResult.LeaseLost;
            }
        }
        else
        {
            if (!_endAndTell.Bind(1, job.Id).Bind(2, job.Claims).Step())
            {
                return SettleResult.LeaseLost;
            }

            isCancelled = _endAndTell.Int(0) != 0;
            _endAndTell.Reset();
        }

        tx.Add(job.Queue, Counter.Running, -1);
        Apply(tx, settlement, claim, isCancelled);
        if (settlement.Log is { } log)
        {
            _reports.KeepLog(job.Id, log);
        }

        return SettleResult.Settled;
    }

    private void Apply(Tx tx, in Settlement settlement, SqliteClaim claim, bool isCancelled)
    {
        var started = settlement.StartedAt?.ToUnixTimeMilliseconds();
        var job = claim.Place;
        switch (settlement.Kind)
        {
            case SettleKind.Succeed:
                Succeed(tx, settlement, claim, started);
                break;
            case SettleKind.Dead:
                tx.Add(job.Queue, Counter.CompletedTotal, 1);
                tx.Add(job.Queue, Counter.FailedTotal, 1);
                Bury(tx, claim, job with { Attempts = job.Attempts + 1 }, started, settlement.Reason, settlement.Error);
                break;
            case SettleKind.Cancelled:
            case SettleKind.Retry or SettleKind.Snooze or SettleKind.HandBack when isCancelled:
                tx.Add(job.Queue, Counter.CompletedTotal, 1);
                _moves.ToDone(tx, job, JobState.Cancelled, started, default, null);
                Release(tx, claim);
                break;
            case SettleKind.Retry:
                tx.Add(job.Queue, Counter.CompletedTotal, 1);
                tx.Add(job.Queue, Counter.FailedTotal, 1);
                _moves.Fail(tx, job.Id, settlement.Reason, settlement.Error);
                RunLater(tx, job with { Attempts = job.Attempts + 1 }, settlement.DueAt);
                break;
            case SettleKind.Snooze:
                tx.Add(job.Queue, Counter.CompletedTotal, 1);
                RunLater(tx, job, settlement.DueAt);
                break;
            case SettleKind.HandBack:
                _moves.ToReady(tx, job, isNew: false);
                break;
        }
    }

    private void Succeed(Tx tx, in Settlement settlement, SqliteClaim claim, long? started)
    {
        var job = claim.Place;
        tx.Add(job.Queue, Counter.CompletedTotal, 1);
        var until = settlement.ResultTtl is { } ttl ? tx.WallMs + (long)ttl.TotalMilliseconds : (long?)null;
        _moves.ToDone(tx, job with { Attempts = job.Attempts + 1 }, JobState.Succeeded, started, settlement.Result.Span, until);
        if (job.Attempts > 0)
        {
            _moves.ClearFailure(job.Id);
        }

        ReleaseSoon(claim);
    }

    /// <summary>Makes a dead letter of a job that is in no table any more.</summary>
    public void Bury(Tx tx, SqliteClaim claim, in Place job, long? started, string? reason, string? error)
    {
        _moves.ToDead(tx, job, started);
        _moves.Fail(tx, job.Id, reason, error);
        Release(tx, claim);
    }

    private void RunLater(Tx tx, in Place job, DateTimeOffset dueAt)
    {
        var due = dueAt.ToUnixTimeMilliseconds();
        if (due > tx.WallMs)
        {
            _moves.ToScheduled(tx, job, due);
        }
        else
        {
            _moves.ToReady(tx, job, isNew: true);
        }
    }

    private void ReleaseSoon(SqliteClaim claim)
    {
        if (claim.UniqueKey is { } key)
        {
            _uniques.ReleaseSoon(claim.Place.Id, key);
        }
    }

    private void Release(Tx tx, SqliteClaim claim)
    {
        if (claim.UniqueKey is { } key)
        {
            _uniques.Release(tx, claim.Place.Id, key);
        }
    }
}
