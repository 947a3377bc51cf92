using Microsoft.Extensions.Logging;
using Naq.Sqlite.Machine;

namespace Naq.Sqlite;

/// <summary>What <see cref="Durability.Synced"/> adds to <see cref="Durability.Normal"/>: a transaction's callers are answered after a sync of the log that began after its commit.</summary>
/// <remarks>
/// The writer commits with <c>synchronous=NORMAL</c> (pages are appended to the log, nothing is synced), frees the write lock, hands the operations
/// over and goes on. This thread syncs the log once for all that have gathered, then answers them. Leases are answered at once: after loss of power
/// they are over anyway. Claims are delivered at once for the same reason: a claim that is lost is a job that is claimed again.
/// <para>
/// Why an answered transaction survives loss of power (file names are of SQLite's source):
/// </para>
/// <list type="bullet">
/// <item>S1: recovery takes the log up to the last commit before the first frame whose checksum is wrong (<c>walIndexRecover</c>, wal.c). A sync covers
/// everything that any process wrote to the file before it began, so all frames up to the transaction are whole on the disk, and none before it can
/// be the wrong one.</item>
/// <item>S2: a log starts anew only when all of it is in the database (<c>walRestartLog</c> asks for <c>nBackfill == mxFrame</c>), and a checkpoint
/// that reaches the end syncs the log first and the database after, before it stores <c>nBackfill</c> (<c>walCheckpoint</c>; that holds for every
/// <c>synchronous</c> but OFF). So a log that starts anew between a commit and its sync has been made durable by the checkpoint.</item>
/// <item>S3: the header of a log that starts anew is synced before its first frame is written, and with a new file the folder too (<c>walFrames</c>:
/// <c>syncHeader</c>; <c>unixSync</c>: <c>UNIXFILE_DIRSYNC</c>, os_unix.c). So neither old frames under a new header nor a log without a name are found.</item>
/// <item>S4: the log is deleted only by the last connection of all, after a checkpoint of all of it (<c>sqlite3WalClose</c>); one that is back after
/// loss of power holds what is in the database already.</item>
/// <item>S5: after a sync that failed nothing is answered until the log is whole. Linux reports a failed write-back once to each open file, and calls
/// the pages clean then: the next sync says yes although they are not on the disk, and S1 would end there. So those who wait get an error (their work
/// is committed, and may or may not outlive the power), and the writer, holding the write lock, writes every byte of the log over itself and syncs
/// that, before it commits anything more. Every process that has the log open learns of the failure by its own handle, at its next sync; one that
/// opens it later by a mark in the run folder, which is taken away by whoever has made the log whole. Before that no page of the log may go into the database: the
/// elected checkpointer waits, and the last connection leaves the log where it is.</item>
/// </list>
/// </remarks>
internal sealed partial class Syncer : IDisposable
{
    private readonly LogFile _file;
    private readonly SyncMarks _marks;
    private readonly ILogger _log;
    private readonly Lock _lock = new();
    private readonly AutoResetEvent _signal = new(false);
    private readonly Thread _thread;
    private List<WriteOp> _waiting = [];
    private List<WriteOp> _syncing = [];
    private volatile bool _isClosing;
    private SyncFault? _fault;

    public Syncer(LogFile file, RunFolder folder, ILogger log)
    {
        (_file, _marks, _log) = (file, new(folder), log);
        _fault = _marks.Any ? new("The log of the database could not be brought to the disk by another process.", null) : null;
        _thread = new Thread(Run) { IsBackground = true, Name = "naq sync" };
        _thread.Start();
    }

    /// <summary>Called after a sync that failed.</summary>
    public Action? Failed { get; set; }

    /// <summary>Whether a sync has failed and the log was not made whole since.</summary>
    public bool IsBroken => Volatile.Read(ref _fault) is not null;

    /// <summary>Answers the operations of a transaction that is committed, once it is on the disk. Writer thread.</summary>
    public void Answer(List<WriteOp> committed)
    {
        var isAny = false;
        lock (_lock)
        {
            foreach (var op in committed)
            {
                if (op.Rank != WriteRank.Lease)
                {
                    _waiting.Add(op);
                    isAny = true;
                }
            }
        }

        if (isAny)
        {
            _ = _signal.Set();
        }

        foreach (var op in committed)
        {
            if (op.Rank == WriteRank.Lease)
            {
                op.Complete();
            }
        }
    }

    /// <summary>After a sync that failed makes the log whole. Writer thread, holding the write lock: nobody else writes the log meanwhile, or starts it anew.</summary>
    /// <exception cref="BrokerUnavailableException">It could not be done.</exception>
    public void RewriteBrokenLog()
    {
        if (!IsBroken)
        {
            return;
        }

        var marks = _marks.All();
        try
        {
            _file.Rewrite();
        }
        catch (IOException error)
        {
            throw new BrokerUnavailableException($"The log of the database cannot be brought to the disk ({Printable.Escape(error.Message)}).", error);
        }

        Volatile.Write(ref _fault, null);
        SyncMarks.Remove(marks);
        LogRewritten();
    }

    /// <summary>Answers who still waits, then ends the thread.</summary>
    public void Dispose()
    {
        _isClosing = true;
        _ = _signal.Set();
        _thread.Join();
        _file.Dispose();
        _signal.Dispose();
    }

    private void Run()
    {
        while (true)
        {
            _ = _signal.WaitOne();
            var isClosing = _isClosing;
            while (TryTake())
            {
                Sync();
                _syncing.Clear();
            }

            if (isClosing)
            {
                return;
            }
        }
    }

    private bool TryTake()
    {
        lock (_lock)
        {
            (_waiting, _syncing) = (_syncing, _waiting);
            return _syncing.Count > 0;
        }
    }

    private void Sync()
    {
        var fault = Volatile.Read(ref _fault);
        if (fault is null)
        {
            try
            {
                _file.Sync();
            }
            catch (IOException error)
            {
                fault = new($"The log of the database could not be brought to the disk ({Printable.Escape(error.Message)}).", error);
                LogFailed(error);
                if (!_marks.TryLeave())
                {
                    LogUnmarked();
                }

                Volatile.Write(ref _fault, fault);
                Failed?.Invoke();
            }
        }

        foreach (var op in _syncing)
        {
            if (fault is null)
            {
                op.Complete();
            }
            else
            {
                op.Fail(op.Rank == WriteRank.Enqueue ? fault : new BrokerUnavailableException(fault.Message, fault));
            }
        }
    }

    [LoggerMessage(2004, LogLevel.Error, "The log could not be brought to the disk; whoever waited is told so, and nothing is acknowledged until it was written anew")]
    private partial void LogFailed(Exception error);

    [LoggerMessage(2006, LogLevel.Error, "Processes that open the database from here on cannot be told that its log is not on the disk")]
    private partial void LogUnmarked();

    [LoggerMessage(2005, LogLevel.Information, "The log was written anew and is on the disk; writes are acknowledged again")]
    private partial void LogRewritten();
}

/// <summary>What was committed may not be on the disk.</summary>
internal sealed class SyncFault(string message, Exception? inner) : Exception(message, inner);
