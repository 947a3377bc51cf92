using Naq.Brokers;
using Naq.Sqlite.Engine;

namespace Naq.Sqlite.Tables;

/// <summary>What running jobs say of themselves. Few jobs do: the hot tables know nothing of it.</summary>
internal sealed class Reports
{
    private readonly Statement _holds;
    private readonly Statement _keep;
    private readonly Statement _log;
    private readonly Statement _checkpoint;

    public Reports(Database database)
    {
        _holds = database.Prepare("SELECT cancel FROM running WHERE id = ?1 AND fence = ?2");
        _keep = database.Prepare("""
            INSERT INTO report(id, progress, note, checkpoint) VALUES(?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE SET
            progress = coalesce(?2, progress), note = coalesce(?3, note), checkpoint = coalesce(?4, checkpoint)
            """);
        _log = database.Prepare("INSERT INTO report(id, log) VALUES(?1, ?2) ON CONFLICT DO UPDATE SET log = ?2");
        _checkpoint = database.Prepare("SELECT checkpoint FROM report WHERE id = ?1");
    }

    public LeaseStatus Keep(in JobReport report)
    {
        var job = ((SqliteClaim)report.Lease.Handle).Place;
        if (!_holds.Bind(1, job.Id).Bind(2, job.Claims).Step())
        {
            return LeaseStatus.Lost;
        }

        var isCancelled = _holds.Int(0) != 0;
        _holds.Reset();
        _ = _keep.Bind(1, job.Id).Bind(2, report.Progress).Bind(3, report.Note).BlobOrNull(4, report.Checkpoint is { } state ? state.Span : []).Run();
        return isCancelled ? LeaseStatus.CancelRequested : LeaseStatus.Held;
    }

    public void KeepLog(long id, string log) => _ = _log.Bind(1, id).Bind(2, log).Run();

    /// <summary>Where an earlier run of the job left off; empty: none said.</summary>
    public ReadOnlyMemory<byte> Checkpoint(long id)
    {
        if (!_checkpoint.Bind(1, id).Step())
        {
            return default;
        }

        var checkpoint = _checkpoint.IsNull(0) ? default(ReadOnlyMemory<byte>) : _checkpoint.Bytes(0);
        _checkpoint.Reset();
        return checkpoint;
    }
}
