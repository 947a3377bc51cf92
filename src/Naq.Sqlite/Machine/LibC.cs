using System.Runtime.InteropServices;

namespace Naq.Sqlite.Machine;

/// <summary>The few calls of the C library that .NET has no name for.</summary>
internal static partial class LibC
{
    public const int LockExclusive = 2;
    public const int LockShared = 1;
    public const int LockNonBlocking = 4;
    public const int Unlock = 8;

    private const int Interrupted = 4;

    /// <summary>Locks or unlocks an open file against other processes; waits unless told not to. False: it is held elsewhere.</summary>
    public static bool TryFlock(SafeHandle file, int operation)
    {
        while (Flock(file, operation) != 0)
        {
            if (Marshal.GetLastPInvokeError() != Interrupted)
            {
                return false;
            }
        }

        return true;
    }

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Flock(SafeHandle file, int operation);
}
