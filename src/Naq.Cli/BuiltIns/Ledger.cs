using System.Runtime.InteropServices;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;
using Naq.Cli.Shells;

namespace Naq.Cli.BuiltIns;

/// <summary>One finished run.</summary>
/// <param name="Id">The job.</param>
/// <param name="Attempt">The attempt's number.</param>
/// <param name="Fence">The claim's fence.</param>
/// <param name="Pid">The worker's process.</param>
/// <param name="WaitMs">From enqueue to start.</param>
/// <param name="HeldMs">From start to end.</param>
internal sealed record LedgerLine(string Id, int Attempt, long Fence, int Pid, double WaitMs, double HeldMs);

/// <summary>
/// A file that handlers append one line a run to, apart from the broker, so that the demo and tests can count runs without believing it.
/// Named by <c>NAQ_LEDGER</c>. One <c>write</c> on an <c>O_APPEND</c> descriptor a line: processes do not mix their lines.
/// </summary>
internal sealed partial class Ledger : IDisposable
{
    public const string Variable = "NAQ_LEDGER";

    private const int WriteOnly = 1;
    private const int OwnerMayReadAndWrite = 0x180; // 0600

    private readonly SafeFileHandle? _file;

    private Ledger(SafeFileHandle? file) => _file = file;

    /// <summary>Opens the file that <c>NAQ_LEDGER</c> names; without it, nothing is written.</summary>
    /// <exception cref="NaqConfigurationException">The file cannot be opened.</exception>
    public static Ledger Open(Shell shell)
    {
        if (shell.Variable(Variable) is not { } path)
        {
            return new(null);
        }

        if (OperatingSystem.IsWindows())
        {
            throw new NaqConfigurationException($"{Variable} needs a system with O_APPEND, such as Linux.");
        }

        var (create, append) = OperatingSystem.IsMacOS() ? (0x200, 0x8) : (0x40, 0x400);
        var file = open(path, WriteOnly | create | append, OwnerMayReadAndWrite);
        return file.IsInvalid
            ? throw new NaqConfigurationException($"{Variable}: '{path}' cannot be opened: {Marshal.GetLastPInvokeErrorMessage()}")
            : new(file);
    }

    /// <summary>Appends one run. A line that cannot be written is a failed attempt: the ledger must not miss what the broker counts.</summary>
    public void Append(JobContext context, DateTimeOffset startedAt, TimeSpan held)
    {
        if (_file is null)
        {
            return;
        }

        var line = new LedgerLine(
            context.Id.ToString(),
            context.Attempt,
            context.Fence,
            Environment.ProcessId,
            Math.Max(0, (startedAt - context.EnqueuedAt).TotalMilliseconds),
            held.TotalMilliseconds);
        byte[] bytes = [.. JsonSerializer.SerializeToUtf8Bytes(line, BuiltInJson.Default.LedgerLine), (byte)'\n'];
        if (write(_file, bytes, bytes.Length) != bytes.Length)
        {
            throw new IOException($"The ledger cannot be written: {Marshal.GetLastPInvokeErrorMessage()}");
        }
    }

    public void Dispose() => _file?.Dispose();

    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle open(string path, int flags, int mode);

    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [LibraryImport("libc", SetLastError = true)]
    private static partial nint write(SafeFileHandle file, ReadOnlySpan<byte> bytes, nint count);
}
