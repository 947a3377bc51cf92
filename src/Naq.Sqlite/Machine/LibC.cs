using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Naq.Sqlite.Machine;

/// <summary>The few calls of Linux's C library that .NET has no name for. Elsewhere processes meet without the fair gate, on SQLite's own lock.</summary>
internal static partial class LibC
{
    public const int LockExclusive = 2;
    public const int LockShared = 1;
    public const int LockNonBlocking = 4;
    public const int Unlock = 8;

    private const int Interrupted = 4;

    public static bool HasLocks => OperatingSystem.IsLinux();

    /// <summary>Opens a file to lock, making it where it is missing. Not <see cref="File.OpenHandle"/>: .NET takes a lock of its own on what it opens.</summary>
    public static SafeFileHandle OpenLock(string path)
    {
        const int createReadWriteCloseOnExec = 0x40 | 0x2 | 0x80000;
        var handle = Open(path, createReadWriteCloseOnExec, 0x180);
        return handle.IsInvalid
            ? throw new IOException($"{path} cannot be opened: {Marshal.GetLastPInvokeErrorMessage()}")
            : handle;
    }

    /// <summary>Opens a file that is there, to sync it.</summary>
    public static SafeFileHandle OpenExisting(string path)
    {
        const int readWriteCloseOnExec = 0x2 | 0x80000;
        var handle = Open(path, readWriteCloseOnExec, 0);
        return handle.IsInvalid
            ? throw new IOException($"{path} cannot be opened: {Marshal.GetLastPInvokeErrorMessage()}")
            : handle;
    }

    /// <summary>Waits until a file's data, and what is needed to read it back, is on the disk. Not <see cref="RandomAccess.FlushToDisk"/>, which writes the times too.</summary>
    /// <exception cref="IOException">It could not be brought there.</exception>
    public static void SyncData(SafeHandle file)
    {
        while (FdataSync(file) != 0)
        {
            if (Marshal.GetLastPInvokeError() != Interrupted)
            {
                throw new IOException(Marshal.GetLastPInvokeErrorMessage());
            }
        }
    }

    /// <summary>Locks or unlocks an open file against other processes; waits unless told not to. False: it is held elsewhere. Without a file there is nobody to lock out: true.</summary>
    public static bool TryFlock(SafeHandle? file, int operation)
    {
        while (file is not null && Flock(file, operation) != 0)
        {
            if (Marshal.GetLastPInvokeError() != Interrupted)
            {
                return false;
            }
        }

        return true;
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial SafeFileHandle Open(string path, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Flock(SafeHandle file, int operation);

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int FdataSync(SafeHandle file);
}
