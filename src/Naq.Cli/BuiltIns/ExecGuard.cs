using System.Diagnostics;
using System.Globalization;

namespace Naq.Cli.BuiltIns;

/// <summary>
/// Kills the programs of <c>naq.exec</c> when their worker dies, however it dies. A shell that outlives the worker for a moment reads from a
/// pipe which programs run (<c>+ pid</c>, <c>- pid</c>); when the worker is gone the pipe ends, and the shell kills what is left.
/// </summary>
/// <remarks>
/// The kernel's own way (PR_SET_PDEATHSIG) is tied to the thread that forks, and the runtime's pool threads come and go. Guarded is the
/// program itself; what it starts in turn is its own to end. On Windows nothing is guarded.
/// </remarks>
internal sealed class ExecGuard : IDisposable
{
    private const string Script = """
        trap '' INT TERM HUP
        running=' '
        while read -r event pid; do
          if [ "$event" = + ]; then
            running="$running$pid "
          else
            left=' '
            for p in $running; do [ "$p" = "$pid" ] || left="$left$p "; done
            running=$left
          fi
        done
        for p in $running; do kill -9 "$p" 2>/dev/null; done
        """;

    private readonly Lock _lock = new(); // guards _shell and the order of its lines
    private Process? _shell;

    /// <summary>Starts the guard before the first program.</summary>
    public void Arm()
    {
        lock (_lock)
        {
            if (_shell is null && !OperatingSystem.IsWindows())
            {
                _shell = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", Script]) { RedirectStandardInput = true });
            }
        }
    }

    public void Started(int pid) => Tell('+', pid);

    public void Ended(int pid) => Tell('-', pid);

    public void Dispose()
    {
        lock (_lock)
        {
            _shell?.StandardInput.Dispose();
            _shell?.Dispose();
            _shell = null;
        }
    }

    private void Tell(char what, int pid)
    {
        lock (_lock)
        {
            if (_shell is null)
            {
                return;
            }

            _shell.StandardInput.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what} {pid}"));
            _shell.StandardInput.Flush();
        }
    }
}
