using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Naq.Scaling.Provisioners;

/// <summary>The real processes of this machine.</summary>
/// <param name="program">What to start, and the arguments that come first, such as <c>dotnet</c> and <c>naq.dll</c>.</param>
/// <param name="log">Where the workers' standard output goes; their standard error is this process's own.</param>
/// <param name="time">Stamps the ends.</param>
internal sealed partial class ProcessTable(IReadOnlyList<string> program, TextWriter log, TimeProvider time) : IProcessTable
{
    private const int Term = 15;
    private const int KillNow = 9;

    /// <summary>The running program itself, through its host where it is a library.</summary>
    public static IReadOnlyList<string> ThisProgram { get; } = FindThisProgram();

    public IWorkerProcess Start(IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string> environment)
    {
        var start = new ProcessStartInfo(program[0], [.. program.Skip(1), .. arguments]) { RedirectStandardOutput = true };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        var process = new Process { StartInfo = start, EnableRaisingEvents = true };
        var child = new Child(process, time);
        process.OutputDataReceived += (_, line) => Copy(line.Data);
        _ = process.Start();
        process.BeginOutputReadLine();
        return child;
    }

    public IWorkerProcess? Adopt(int pid, string replica) => Foreign.IsWorker(pid, replica) ? new Foreign(pid, replica, time) : null;

    private void Copy(string? line)
    {
        if (line is not null)
        {
            log.WriteLine(line);
        }
    }

    private static IReadOnlyList<string> FindThisProgram()
    {
        var host = Environment.ProcessPath ?? throw new NaqConfigurationException("This program's own path is unknown, so it cannot start workers.");
        var isShared = Path.GetFileNameWithoutExtension(host).Equals("dotnet", StringComparison.OrdinalIgnoreCase);
        return isShared ? [host, Environment.GetCommandLineArgs()[0]] : [host];
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial int Signal(int pid, int signal);

    private sealed class Child : IWorkerProcess
    {
        private readonly Process _process;
        private readonly TimeProvider _time;
        private ProcessEnd? _end;

        public Child(Process process, TimeProvider time)
        {
            (_process, _time) = (process, time);
            process.Exited += (_, _) => Note();
        }

        public int Pid => _process.Id;

        public ProcessEnd? End => _end ?? (_process.HasExited ? Note() : null);

        public void Terminate() => Send(Term);

        public void Kill() => Send(KillNow);

        private void Send(int signal)
        {
            // Between the look and the signal the runtime may reap it; that its pid is given away within those microseconds is accepted.
            if (!_process.HasExited)
            {
                _ = Signal(_process.Id, signal);
            }
        }

        private ProcessEnd Note()
        {
            var end = new ProcessEnd(_time.GetTimestamp(), _process.ExitCode);
            return Interlocked.CompareExchange(ref _end, end, null) ?? end;
        }
    }

    private sealed class Foreign(int pid, string replica, TimeProvider time) : IWorkerProcess
    {
        private ProcessEnd? _end;

        public int Pid => pid;

        public ProcessEnd? End => _end ??= IsWorker(pid, replica) ? null : new(time.GetTimestamp(), null);

        public void Terminate() => Send(Term);

        public void Kill() => Send(KillNow);

        /// <summary>A pid may have been given to somebody else since: only the environment it was started with tells. Linux only.</summary>
        public static bool IsWorker(int pid, string replica)
        {
            try
            {
                var isZombie = File.ReadAllText($"/proc/{pid}/stat").AsSpan().LastIndexOf(") Z ") >= 0;
                return !isZombie && File.ReadAllText($"/proc/{pid}/environ").Split('\0').Contains("NAQ_REPLICA=" + replica);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return false;
            }
        }

        private void Send(int signal)
        {
            if (End is null)
            {
                _ = Signal(pid, signal);
            }
        }
    }
}
