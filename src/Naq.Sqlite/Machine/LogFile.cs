using Microsoft.Win32.SafeHandles;

namespace Naq.Sqlite.Machine;

/// <summary>This process's own handle on the write-ahead log, for what SQLite leaves out in <c>synchronous=NORMAL</c>: bringing it to the disk.</summary>
/// <remarks>
/// Opened once the writer's connection has the log open, and closed before that connection: SQLite deletes the file only when the last connection
/// of all processes closes, so while this one lives it stays the same file. SQLite locks the database and its <c>-shm</c>, never the log, so closing
/// this handle drops no lock (closing one on those two would drop every lock of the process).
/// </remarks>
internal sealed class LogFile : IDisposable
{
    private readonly SafeFileHandle _handle;
    private readonly Action<SafeFileHandle> _sync;

    public LogFile(string databasePath, Action<SafeFileHandle> sync)
    {
        var path = databasePath + "-wal";
        _sync = sync;
        _handle = OperatingSystem.IsLinux()
            ? LibC.OpenExisting(path)
            : File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
    }

    /// <summary>Waits until all that any process has written to the log is on the disk.</summary>
    /// <exception cref="IOException">It could not be brought there. The system may say yes next time all the same: see <see cref="Syncer"/>.</exception>
    public void Sync() => _sync(_handle);

    /// <summary>What is used outside tests.</summary>
    public static void SyncData(SafeFileHandle file)
    {
        if (OperatingSystem.IsLinux())
        {
            LibC.SyncData(file);
        }
        else
        {
            RandomAccess.FlushToDisk(file);
        }
    }

    public void Dispose() => _handle.Dispose();
}
