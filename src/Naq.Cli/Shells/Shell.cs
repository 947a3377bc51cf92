using System.CommandLine;
using System.Text;
using Spectre.Console;

namespace Naq.Cli.Shells;

/// <summary>Everything a command touches outside of itself, so that tests run commands in process.</summary>
internal sealed class Shell
{
    private const string ToolAssembly = "Naq.Tool";

    /// <summary>Wide enough that nothing is cut where nobody looks.</summary>
    private const int PipeWidth = 1000;

    /// <summary>What help and errors call the program: <c>naq</c>, or a user's own worker program by its file name.</summary>
    public required string Program { get; init; }

    /// <summary>Raw standard input.</summary>
    public required Stream In { get; init; }

    /// <summary>Data and nothing else.</summary>
    public required TextWriter Out { get; init; }

    /// <summary>Errors, logs, progress, questions.</summary>
    public required TextWriter Error { get; init; }

    /// <summary>Reads an environment variable; an empty one counts as unset.</summary>
    public required Func<string, string?> Variable { get; init; }

    /// <summary>Where relative paths and <c>naq.json</c> are looked for.</summary>
    public required string Directory { get; init; }

    public bool InIsTerminal { get; init; }

    public bool OutIsTerminal { get; init; }

    public bool ErrorIsTerminal { get; init; }

    /// <summary>Whether <see cref="Out"/> can be drawn on: a terminal that knows a cursor.</summary>
    public bool OutIsScreen => OutIsTerminal && Variable("TERM") != "dumb";

    /// <summary>Whether whoever read <see cref="Out"/> is gone.</summary>
    public Func<bool> OutIsGone { get; init; } = static () => false;

    /// <summary>Waits for a key and returns it unseen; null: there is no keyboard.</summary>
    public Func<ConsoleKeyInfo>? ReadKey { get; init; }

    public TimeProvider Time { get; init; } = TimeProvider.System;

    public Random Random { get; init; } = new();

    /// <summary>A console on <see cref="Out"/> or <see cref="Error"/> that neither colours nor cuts lines where nobody looks.</summary>
    public IAnsiConsole Console(TextWriter writer, bool isTerminal)
    {
        var isAnsi = isTerminal && Variable("TERM") != "dumb";
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = isAnsi ? AnsiSupport.Yes : AnsiSupport.No,
            ColorSystem = isAnsi && Variable("NO_COLOR") is null ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
        });
        if (!isTerminal)
        {
            console.Profile.Width = PipeWidth;
        }

        return console;
    }

    /// <summary>The shell around this process.</summary>
    public static Shell OfProcess()
    {
        var utf8 = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        return new()
        {
            Program = RootCommand.ExecutableName is ToolAssembly ? "naq" : RootCommand.ExecutableName,
            In = System.Console.OpenStandardInput(),
            Out = new StreamWriter(System.Console.OpenStandardOutput(), utf8, bufferSize: 16 * 1024) { AutoFlush = false },
            Error = TextWriter.Synchronized(new StreamWriter(System.Console.OpenStandardError(), utf8) { AutoFlush = true }),
            Variable = static name => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null,
            Directory = Environment.CurrentDirectory,
            InIsTerminal = !System.Console.IsInputRedirected,
            OutIsTerminal = !System.Console.IsOutputRedirected,
            ErrorIsTerminal = !System.Console.IsErrorRedirected,
            OutIsGone = OutReader.IsGone,
            ReadKey = System.Console.IsInputRedirected ? null : static () => System.Console.ReadKey(intercept: true),
        };
    }
}
