using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Naq.Scaling.Decisions.Deciders;

namespace Naq.Scaling.Simulation;

/// <summary>Any program that speaks the lines of <c>naq autoscale decide --stdio</c>.</summary>
internal sealed class ProcessDecider : IDecider
{
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(2);

    private readonly string _command;
    private readonly TimeSpan _patience;
    private readonly Process _process;
    private volatile string? _complaint;

    /// <param name="command">Run by the shell.</param>
    /// <param name="init">The pool.</param>
    /// <param name="patience">How long an answer may take; null: 30 s.</param>
    /// <exception cref="NaqConfigurationException">It cannot be started or does not answer.</exception>
    public ProcessDecider(string command, DeciderInit init, TimeSpan? patience = null)
    {
        (_command, _patience) = (command, patience ?? TimeSpan.FromSeconds(30));
        var start = OperatingSystem.IsWindows() ? new ProcessStartInfo("cmd.exe", ["/c", command]) : new("/bin/sh", ["-c", "exec " + command]);
        (start.RedirectStandardInput, start.RedirectStandardOutput, start.RedirectStandardError) = (true, true, true);
        _process = new() { StartInfo = start };
        _process.ErrorDataReceived += (_, e) => _complaint = e.Data is { Length: > 0 } line ? line : _complaint;
        _ = _process.Start();
        _process.BeginErrorReadLine();
        try
        {
            if (Parse(Ask("init", JsonSerializer.SerializeToNode(init, DeciderJson.Default.DeciderInit))) is var answer && answer.ContainsKey("error"))
            {
                throw Fault($"refused the pool: {answer["error"]}", isAlive: true);
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public DeciderAnswer Decide(DeciderObservation seen)
    {
        var line = Ask("obs", JsonSerializer.SerializeToNode(seen, DeciderJson.Default.DeciderObservation));
        var answer = Parse(line);
        return answer["desired"] is JsonValue desired && desired.TryGetValue<double>(out var number) && number is >= 0 and < 1e9
            ? new((int)number, answer["reasons"] is JsonArray reasons ? [.. reasons.Select(static r => $"{r}")] : [])
            : throw Fault($"answered {line}", isAlive: true);
    }

    public void Dispose()
    {
        try
        {
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It reads no more: whatever was still to be written is lost with it.
        }

        if (!_process.WaitForExit(LastWords))
        {
            _process.Kill(entireProcessTree: true);
        }

        _process.Dispose();
    }

    private string Ask(string type, JsonNode? message)
    {
        var line = new JsonObject { ["type"] = type };
        foreach (var (name, value) in message!.AsObject().ToList()) // an object, never null
        {
            message[name] = null;
            line[name] = value;
        }

        try
        {
            _process.StandardInput.WriteLine(line.ToJsonString());
            _process.StandardInput.Flush();
            var answer = _process.StandardOutput.ReadLineAsync().WaitAsync(_patience, TimeProvider.System);
            return answer.GetAwaiter().GetResult() ?? throw Fault("ended");
        }
        catch (IOException)
        {
            throw Fault("ended");
        }
        catch (TimeoutException)
        {
            throw Fault($"did not answer for {Quantities.Format(_patience)}", isAlive: true);
        }
    }

    private JsonObject Parse(string line)
    {
        try
        {
            return JsonNode.Parse(line) as JsonObject ?? throw Fault($"answered {line}", isAlive: true);
        }
        catch (JsonException)
        {
            throw Fault($"answered {line}", isAlive: true);
        }
    }

    private NaqConfigurationException Fault(string what, bool isAlive = false)
    {
        if (!isAlive)
        {
            _ = _process.WaitForExitAsync().Wait(LastWords); // unlike WaitForExit it waits for the last lines too
        }

        return new($"The decider '{Printable.Escape(_command)}' {Printable.Escape(what)}{(_complaint is { } c ? ": " + Printable.Escape(c) : "")}.");
    }
}
