using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Naq.Scaling.Decisions.Deciders;

namespace Naq.Scaling.Simulation;

/// <summary>Any program that speaks the lines of <c>naq autoscale decide --stdio</c>.</summary>
internal sealed class ProcessDecider : IDecider
{
    private readonly string _command;
    private readonly Process _process;
    private volatile string? _complaint;

    /// <param name="command">Run by the shell.</param>
    /// <param name="init">The pool.</param>
    /// <exception cref="NaqConfigurationException">It cannot be started or does not answer.</exception>
    public ProcessDecider(string command, DeciderInit init)
    {
        _command = command;
        _process = new()
        {
            StartInfo = new("/bin/sh", ["-c", "exec " + command])
            {
                RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false,
            },
        };
        _process.ErrorDataReceived += (_, e) => _complaint = e.Data is { Length: > 0 } line ? line : _complaint;
        _ = _process.Start();
        _process.BeginErrorReadLine();
        _ = Ask("init", JsonSerializer.SerializeToNode(init, DeciderJson.Default.DeciderInit));
    }

    public DeciderAnswer Decide(DeciderObservation seen)
    {
        var line = Ask("obs", JsonSerializer.SerializeToNode(seen, DeciderJson.Default.DeciderObservation));
        try
        {
            return JsonNode.Parse(line) is JsonObject answer && answer["desired"] is { } desired
                ? new((int)desired.GetValue<double>(), answer["reasons"] is JsonArray reasons ? [.. reasons.Select(static r => $"{r}")] : [])
                : throw Fault($"answered {line}");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw Fault($"answered {line}");
        }
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        if (!_process.WaitForExit(TimeSpan.FromSeconds(2)))
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
            return _process.StandardOutput.ReadLine() ?? throw Fault("ended");
        }
        catch (IOException)
        {
            throw Fault("ended");
        }
    }

    private NaqConfigurationException Fault(string what)
    {
        _ = _process.WaitForExit(TimeSpan.FromMilliseconds(500));
        return new($"The decider '{Printable.Escape(_command)}' {Printable.Escape(what)}{(_complaint is { } c ? ": " + Printable.Escape(c) : "")}.");
    }
}
