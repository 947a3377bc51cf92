using System.Diagnostics;
using System.Globalization;
using System.Text;
using Naq.Tests;

namespace Naq.System.Tests;

/// <summary>A real <c>naq</c> process of this build, with its output kept for the message of a failing test.</summary>
internal sealed class NaqProcess : IDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _errors = new();
    private readonly StringBuilder _output = new();
    private readonly Lock _lock = new();

    private NaqProcess(Process process) => _process = process;

    public int Pid => _process.Id;

    public bool HasExited => _process.HasExited;

    public int ExitCode => _process.ExitCode;

    public string Errors
    {
        get
        {
            lock (_lock)
            {
                return _errors.ToString();
            }
        }
    }

    public string Output
    {
        get
        {
            lock (_lock)
            {
                return _output.ToString();
            }
        }
    }

    public static NaqProcess Start(IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null, string? wrapper = null, string? program = null)
    {
        program ??= NaqProgram.Path;
        var start = new ProcessStartInfo(wrapper ?? program) { RedirectStandardError = true, RedirectStandardOutput = true, RedirectStandardInput = true };
        if (wrapper is not null)
        {
            start.ArgumentList.Add(program);
        }

        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var name in start.Environment.Keys.Where(static k => k.StartsWith("NAQ_", StringComparison.Ordinal)).ToList())
        {
            _ = start.Environment.Remove(name);
        }

        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        var naq = new NaqProcess(Process.Start(start)!);
        naq._process.ErrorDataReceived += (_, e) => naq.Keep(naq._errors, e.Data);
        naq._process.OutputDataReceived += (_, e) => naq.Keep(naq._output, e.Data);
        naq._process.BeginErrorReadLine();
        naq._process.BeginOutputReadLine();
        return naq;
    }

    /// <summary>Runs a command to its end and returns its exit code and what it printed.</summary>
    public static async Task<(int Code, string Output, string Errors)> RunAsync(IEnumerable<string> arguments, CancellationToken ct, string? input = null)
    {
        using var naq = Start(arguments);
        if (input is not null)
        {
            await naq._process.StandardInput.WriteAsync(input.AsMemory(), ct);
        }

        naq._process.StandardInput.Close();
        await naq.ExitedAsync(ct);
        return (naq.ExitCode, naq.Output, naq.Errors);
    }

    public async Task ExitedAsync(CancellationToken ct) => await _process.WaitForExitAsync(ct);

    /// <summary>Sends a signal by its number: 9 KILL, 15 TERM, 18 CONT, 19 STOP.</summary>
    public void Signal(int number)
    {
        using var kill = Process.Start("kill", [string.Create(CultureInfo.InvariantCulture, $"-{number}"), Pid.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            Signal(18);
            _process.Kill(entireProcessTree: true);
        }

        _process.Dispose();
    }

    private void Keep(StringBuilder text, string? line)
    {
        if (line is not null)
        {
            lock (_lock)
            {
                _ = text.AppendLine(line);
            }
        }
    }
}
