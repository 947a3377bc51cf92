using System.Text;
using Naq.Cli.Shells;

namespace Naq.Cli.Tests;

/// <summary>What one command said.</summary>
/// <param name="Code">Its exit code.</param>
/// <param name="Out">Its data.</param>
/// <param name="Error">Its errors and notes.</param>
internal sealed record Said(int Code, string Out, string Error)
{
    public string[] OutLines => Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    public string[] ErrorLines => Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
}

/// <summary>A folder of its own with a broker's file in it, and commands run in this process against it.</summary>
internal sealed class Terminal : IDisposable
{
    public Terminal() => Variables["NAQ_BROKER"] = "sqlite:" + Database;

    public string Folder { get; } = Directory.CreateTempSubdirectory("naq-cli-").FullName;

    public string Database => Path.Combine(Folder, "naq.db");

    /// <summary>The environment; nothing of the real one is seen but what is put here.</summary>
    public Dictionary<string, string> Variables { get; } = new() { ["PATH"] = Environment.GetEnvironmentVariable("PATH") ?? "" };

    public Task<Said> RunAsync(params string[] args) => RunAsync("", args);

    public async Task<Said> RunAsync(string stdin, string[] args, CancellationToken ct = default)
    {
        var (output, error) = (new StringWriter { NewLine = "\n" }, new StringWriter { NewLine = "\n" });
        var shell = ShellOf(new MemoryStream(Encoding.UTF8.GetBytes(stdin)), output, TextWriter.Synchronized(error));
        var code = await new CommandTree(shell, null).RunAsync(args, ct);
        return new(code, output.ToString(), error.ToString());
    }

    public Shell ShellOf(Stream input, TextWriter output, TextWriter error) => new()
    {
        Program = "naq",
        In = input,
        Out = output,
        Error = error,
        Variable = name => Variables.GetValueOrDefault(name),
        Directory = Folder,
    };

    /// <summary>Enqueues one job and returns its id.</summary>
    public async Task<string> EnqueueAsync(params string[] args)
    {
        var said = await RunAsync(["enqueue", .. args]);
        Assert.True(said.Code == 0, said.Error);
        return said.Out.Trim();
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
