using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;
using Naq.Sqlite.Engine;
using Naq.Sqlite.Machine;

namespace Naq.Sqlite;

/// <summary>Moves the write-ahead log into the database, in one elected process of all that have the file open.</summary>
/// <remarks>Elected by a file lock, so another takes over when it dies. Small steps every few milliseconds; with a long log once behind the gate, so that nobody writes and the log starts anew.</remarks>
internal sealed partial class Checkpointer : IDisposable
{
    private const int RestartPages = 2000;

    /// <summary>
    /// A log that grows by less in <see cref="Idle"/> is in no hurry, and is moved when it is so long: each checkpoint costs two syncs, and a third one in the
    /// next write, which starts the log anew.
    /// </summary>
    private const int SlowPages = 500;

    /// <summary>After so many looks fewer are moved, too.</summary>
    private const int SlowLooks = 20;

    private static readonly TimeSpan Busy = TimeSpan.FromMilliseconds(20);

    /// <summary>A quarter of what fast writers take to fill the log so far that one of them has to empty it, while all others wait.</summary>
    private static readonly TimeSpan Idle = TimeSpan.FromMilliseconds(250);

    private readonly string _path;
    private readonly SafeFileHandle? _election;
    private readonly RunFolder _folder;
    private readonly SyncMarks _marks;
    private readonly ManualResetEventSlim _closing = new();
    private readonly ILogger _log;
    private readonly Thread _thread;
    private bool _isInTrouble;

    public Checkpointer(string path, RunFolder folder, ILogger log)
    {
        (_path, _folder, _marks, _log) = (path, folder, new(folder), log);
        _election = folder.OpenLock("checkpoint");
        _thread = new Thread(Run) { IsBackground = true, Name = "naq checkpoint" };
        _thread.Start();
    }

    public void Dispose()
    {
        _closing.Set();
        _thread.Join();
        _election?.Dispose();
        _closing.Dispose();
    }

    private void Run()
    {
        while (!_closing.Wait(Idle))
        {
            // A log that could not be synced is not whole on the disk, and the next sync may say it were: no page of it may go into the database before.
            if (LibC.TryFlock(_election, LibC.LockExclusive | LibC.LockNonBlocking) && !_marks.Any)
            {
                Serve();
            }
        }
    }

    private void Serve()
    {
        try
        {
            using var database = Database.Open(_path, create: false);
            database.Execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA busy_timeout=0");
            using var gate = new WriteGate(_folder);
            using var look = database.Prepare("PRAGMA wal_checkpoint(NOOP)");
            using var checkpoint = database.Prepare("PRAGMA wal_checkpoint(PASSIVE)");
            var (last, looks) = (0L, 0);
            var wait = Idle;
            while (!_closing.Wait(wait))
            {
                var (pages, left) = Run(look);
                var written = pages < last ? pages : pages - last;
                var isFast = written >= SlowPages * (wait / Idle);
                last = pages;
                looks = left > 0 ? looks + 1 : 0;
                wait = isFast ? Busy : Idle;
                if (isFast || left >= SlowPages || looks > SlowLooks)
                {
                    looks = 0;
                    Step(pages, checkpoint, gate);
                    _isInTrouble = false;
                }
            }
        }
        catch (SqliteFault fault)
        {
            if (!_isInTrouble)
            {
                _isInTrouble = true;
                LogFailed(fault);
            }
        }
    }

    private static void Step(long pages, Statement checkpoint, WriteGate gate)
    {
        _ = Run(checkpoint);
        if (pages < RestartPages)
        {
            return;
        }

        gate.Enter();
        try
        {
            _ = Run(checkpoint);
        }
        finally
        {
            gate.Exit();
        }
    }

    /// <summary>Returns how many pages the log has, and how many of them are not in the database.</summary>
    private static (long Pages, long Left) Run(Statement checkpoint)
    {
        _ = checkpoint.Step();
        var (pages, moved) = (checkpoint.Long(1), checkpoint.Long(2));
        checkpoint.Reset();
        return (pages, pages - moved);
    }

    [LoggerMessage(2010, LogLevel.Warning, "A checkpoint failed; trying again four times a second, and meanwhile writers checkpoint by themselves")]
    private partial void LogFailed(Exception error);
}
