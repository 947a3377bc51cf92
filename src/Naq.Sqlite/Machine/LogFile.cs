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
    private const int Piece = 1 << 20;

    private readonly SafeFileHandle _handle;
    private readonly LogDisk _disk;

    public LogFile(string databasePath, LogDisk disk)
    {
        var path = databasePath + "-wal";
        _disk = disk;
        _handle = OperatingSystem.IsLinux()
            ? LibC.OpenExisting(path)
            : File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
    }

    /// <summary>Waits until all that any process has written to the log is on the disk.</summary>
    /// <exception cref="IOException">It could not be brought there. The system may say yes next time all the same: <see cref="Rewrite"/> first.</exception>
    public void Sync() => _disk.Sync(_handle);

    /// <summary>Writes all that is in the log over itself, so that the system takes every page for changed, and syncs it. Only while nobody else may write.</summary>
    /// <exception cref="IOException">It failed, and is to be repeated.</exception>
    public void Rewrite()
    {
        var buffer = new byte[Piece];
        for (long offset = 0; RandomAccess.Read(_handle, buffer, offset) is > 0 and var read; offset += read)
        {
            _disk.Write(_handle, buffer.AsSpan(0, read), offset);
        }

        _disk.Sync(_handle);
    }

    public void Dispose() => _handle.Dispose();
}

/// <summary>What is done to the log's bytes. Tests put a disk here whose power fails.</summary>
internal class LogDisk
{
    public static LogDisk Real { get; } = new();

    public virtual void Write(SafeFileHandle file, ReadOnlySpan<byte> bytes, long offset) => RandomAccess.Write(file, bytes, offset);

    public virtual void Sync(SafeFileHandle file)
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
}
