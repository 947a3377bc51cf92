using System.Diagnostics;
using System.Runtime.InteropServices;
using Naq.Scaling.Provisioners;

namespace Naq.Cli.Working;

/// <summary>A worker process of the <see cref="RecyclingParent"/>.</summary>
internal sealed partial class ChildWorker : IDisposable
{
    private const int SigTerm = 15;

    private readonly Process _process;
    private int _asked;

    private ChildWorker(Process process, string replica)
    {
        (_process, Replica) = (process, replica);
        Ended = EndAsync();
    }

    /// <summary>How the child calls itself in the registry's entry.</summary>
    public string Replica { get; }

    /// <summary>Its exit code, once it has one.</summary>
    public Task<int> Ended { get; }

    /// <summary>Starts the running program itself with <paramref name="arguments"/>.</summary>
    public static ChildWorker Start(IReadOnlyList<string> arguments, string replica)
    {
        var start = new ProcessStartInfo(ProcessTable.ThisProgram[0], [.. ProcessTable.ThisProgram.Skip(1), .. arguments])
        {
            RedirectStandardInput = true, // never written to: its end tells the child that the parent is gone
        };
        start.Environment["NAQ_REPLICA"] = replica;
        start.Environment[Supervision.Variable] = Supervision.ByParent;
        var process = Process.Start(start) ?? throw new InvalidOperationException($"'{ProcessTable.ThisProgram[0]}' did not start.");
        return new(process, replica);
    }

    /// <summary>Asks it to drain; asked already, nothing happens.</summary>
    public void Drain() => Ask(1);

    /// <summary>Asks it to hand back at once, after the drain it may have begun.</summary>
    public void HandBack() => Ask(2);

    public void Dispose() => _process.Dispose();

    private void Ask(int times)
    {
        for (; _asked < times && !_process.HasExited; _asked++)
        {
            _ = Signal(_process.Id, SigTerm);
        }
    }

    private async Task<int> EndAsync()
    {
        await _process.WaitForExitAsync().ConfigureAwait(false);
        return _process.ExitCode;
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Signal(int pid, int signal);
}
