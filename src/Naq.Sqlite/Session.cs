using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;
using Naq.Sqlite.Engine;
using Naq.Sqlite.Machine;
using Naq.Sqlite.Tables;

namespace Naq.Sqlite;

/// <summary>Everything that one process holds while it has a database open.</summary>
internal sealed partial class Session : IAsyncDisposable
{
    private static readonly string[] NetworkFileSystems =
        ["nfs", "nfs4", "cifs", "smb", "smb2", "smb3", "smbfs", "9p", "afs", "ceph", "fuse.sshfs", "glusterfs", "lustre"];

    private readonly WriteSide _side;
    private readonly Syncer? _syncer;
    private readonly WriteGate _gate;
    private readonly Checkpointer _checkpointer;
    private readonly SyncMarks _marks;
    private readonly SafeFileHandle? _presence;
    private readonly ITimer _upkeep;
    private int _isClosed;

    private Session(SqliteBrokerOptions options, RunFolder folder, Database database, SafeFileHandle? presence, TimeSpan lease, TimeProvider time, ILogger log)
    {
        (Options, Lease, Clock, _presence) = (options, lease, new(time), presence);
        Random = new Random();
        _marks = new(folder);
        Disk = new(folder, options.MinFreeDiskBytes, time);
        Disk.TakeBallast();
        Reads = new(options.Path, options.Durability);
        Changes = new(Reads, Clock);
        Wakeups = new(folder, Random);
        _side = new(options, database, lease);
        _gate = new(folder);
        _syncer = options.Durability == Durability.Synced ? new(new(options.Path, options.LogDisk), folder, log) : null;
        Writer = new(_side, _syncer, _gate, Wakeups, Disk, Clock, Feeds, lease, Changes.Committed, log);
        _checkpointer = new(options.Path, folder, log);
        _upkeep = time.CreateTimer(static session => ((Session)session!).Trim(), this, TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1));
    }

    public SqliteBrokerOptions Options { get; }

    public TimeSpan Lease { get; }

    public MachineClock Clock { get; }

    public Random Random { get; }

    public Reads Reads { get; }

    public Changes Changes { get; }

    public Wakeups Wakeups { get; }

    public DiskGuard Disk { get; }

    public FeedList Feeds { get; } = new();

    public Writer Writer { get; }

    /// <summary>Opens the file, making or checking it first.</summary>
    public static Session Open(SqliteBrokerOptions options, TimeProvider time, ILogger log)
    {
        RequireLocalDisk(Path.GetDirectoryName(options.Path)!);
        MakeFile(options.Path);
        var folder = new RunFolder(options.Path);
        var presence = folder.OpenLock("open");
        var database = Database.Open(options.Path, create: false);
        try
        {
            var isFirst = LibC.TryFlock(presence, LibC.LockExclusive | LibC.LockNonBlocking);
            var wasUnclean = isFirst && new FileInfo(options.Path + "-wal") is { Exists: true, Length: > 0 };
            var lease = Schema.Ensure(database, options);
            if (wasUnclean)
            {
                RequireIntact(database, log);
            }

            ForgetOldBoot(database);
            _ = LibC.TryFlock(presence, LibC.LockShared);
            return new(options, folder, database, presence, lease, time, log);
        }
        catch
        {
            database.Dispose();
            presence?.Dispose();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isClosed, 1) != 0)
        {
            return;
        }

        await _upkeep.DisposeAsync().ConfigureAwait(false);
        foreach (var feed in Feeds.Open)
        {
            await feed.DisposeAsync().ConfigureAwait(false);
        }

        Writer.Dispose();
        _syncer?.Dispose();
        _checkpointer.Dispose();
        Wakeups.Dispose();
        Reads.Dispose();
        if (_marks.Any)
        {
            _side.Database.KeepLog();
        }

        _side.Dispose();
        _gate.Dispose();
        _presence?.Dispose();
    }

    /// <summary>Shared memory and file locks, which several processes on one file need, do not work over a network.</summary>
    private static void RequireLocalDisk(string folder)
    {
        var format = Directory.Exists(folder) ? new DriveInfo(folder).DriveFormat : "";
        if (NetworkFileSystems.Contains(format, StringComparer.OrdinalIgnoreCase))
        {
            throw new NaqConfigurationException($"{folder} is on a network file system ({format}), where SQLite loses data. Name a file on a local disk.");
        }
    }

    private static void MakeFile(string path)
    {
        if (File.Exists(path))
        {
            return;
        }

        if (!OperatingSystem.IsWindows())
        {
            using var made = new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.OpenOrCreate,
                Access = FileAccess.ReadWrite,
                Share = FileShare.ReadWrite,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            });
        }
        else
        {
            File.Create(path).Dispose();
        }
    }

    /// <summary>The last processes did not close the file: look for damage before trusting it.</summary>
    private static void RequireIntact(Database database, ILogger log)
    {
        var verdict = database.Text("PRAGMA quick_check(1)");
        if (verdict != "ok")
        {
            throw new BrokerUnavailableException($"{database.Path} is damaged ({Printable.Escape(verdict)}). Restore it from a backup, or move it away to start with an empty one.");
        }

        LogChecked(log, database.Path);
    }

    /// <summary>Monotonic times of another boot mean nothing: whatever they bounded is over.</summary>
    private static void ForgetOldBoot(Database database)
    {
        var boot = MachineClock.BootId;
        if (database.Text("SELECT value FROM meta WHERE key='boot'") != boot)
        {
            database.Execute($"BEGIN IMMEDIATE; UPDATE session SET lease = 0; DELETE FROM kv WHERE expires IS NOT NULL; UPDATE meta SET value='{boot}' WHERE key='boot'; COMMIT");
        }
    }

    /// <summary>Once a minute, in whichever process has feeds open.</summary>
    private void Trim()
    {
        if (Feeds.WasUsed && _isClosed == 0)
        {
            Writer.Post(new WriteOp<bool>(WriteRank.Change, side => side.Upkeep.TrimAges(side.Tx)));
        }
    }

    [LoggerMessage(2020, LogLevel.Information, "{Path} was not closed cleanly; its integrity was checked and is fine")]
    private static partial void LogChecked(ILogger log, string path);
}
