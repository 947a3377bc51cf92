using System.Runtime.InteropServices;

namespace Naq.Cli.Shells;

/// <summary>Looks whether anybody reads what this process writes to stdout.</summary>
/// <remarks>.NET's console swallows the error of a write into a pipe that nobody reads any more, so a program that writes on and on has to look.</remarks>
internal static partial class OutReader
{
    private const int StandardOut = 1;
    private const short Error = 8;
    private const short HangUp = 16;

    /// <summary>Whether whoever read the pipe is gone. False where that cannot be seen.</summary>
    public static bool IsGone()
    {
        if (OperatingSystem.IsWindows())
        {
            return false;
        }

        Span<PollFd> files = [new() { File = StandardOut }];
        return poll(files, (nuint)files.Length, timeoutMs: 0) > 0 && (files[0].Seen & (Error | HangUp)) != 0;
    }

    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [LibraryImport("libc")]
    private static partial int poll(Span<PollFd> files, nuint count, int timeoutMs);

    /// <summary>The C library's <c>struct pollfd</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct PollFd
    {
        public int File;
        public short Wanted;
        public short Seen;
    }
}
