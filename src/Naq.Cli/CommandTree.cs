using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using Naq.Cli.Commands;
using Naq.Cli.Completing;
using Naq.Cli.Invoking;
using Naq.Cli.Parsing;
using Naq.Cli.Shells;

namespace Naq.Cli;

/// <summary>The root of the command line: global options, all commands, and the one way in which errors leave.</summary>
internal sealed class CommandTree : CommandRoot
{
    private static readonly ParserConfiguration Parser = new() { ResponseFileTokenReplacer = null };

    /// <param name="shell">What surrounds the process.</param>
    /// <param name="configure">Adds the program's own handlers.</param>
    /// <param name="args">What will be run; null: anything.</param>
    public CommandTree(Shell shell, Action<NaqBuilder>? configure, IReadOnlyList<string>? args = null)
        : base(shell, configure, "Durable background jobs whose workers scale themselves.")
    {
        Options.Insert(0, new VersionOption());
        Options.Insert(0, new HelpOption());
        foreach (var command in CommandList.For(args ?? []))
        {
            Add(command);
        }

        SetAction(static parse => new HelpAction().Invoke(parse));
    }

    public async Task<int> RunAsync(IReadOnlyList<string> args, CancellationToken ct)
    {
        var isVerbose = false;
        try
        {
            if (Suggestions.AreAsked(args))
            {
                return await SuggestAsync(args).ConfigureAwait(false);
            }

            var parse = Parse(args, Parser);
            isVerbose = parse.GetValue(Globals.Verbose);
            var faults = parse.Action is ParseErrorAction or NaqCommand.CommandAction ? UsageFaults.Of(parse) : [];
            foreach (var fault in faults)
            {
                WriteError(fault);
            }

            return faults.Count > 0
                ? ExitCodes.Usage
                : await parse.InvokeAsync(Invocation(), ct).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            WriteError(Explain(error));
            if (isVerbose && ExitCodes.Of(error) == ExitCodes.Failed)
            {
                await Shell.Error.WriteLineAsync(error.ToString()).ConfigureAwait(false);
            }

            return ExitCodes.Of(error);
        }
        finally
        {
            await Shell.Out.FlushAsync(CancellationToken.None).ConfigureAwait(false);
        }
    }

    private async Task<int> SuggestAsync(IReadOnlyList<string> args)
    {
        LiveNames.AddTo(this, this);
        foreach (var word in Suggestions.Of(this, Parser, args))
        {
            await Shell.Out.WriteLineAsync(word).ConfigureAwait(false);
        }

        return ExitCodes.Ok;
    }

    // Without a termination timeout System.CommandLine leaves the signals alone: workers drain longer than its two seconds.
    private InvocationConfiguration Invocation() => new()
    {
        Output = Shell.Out,
        Error = Shell.Error,
        EnableDefaultExceptionHandler = false,
        ProcessTerminationTimeout = null,
    };

    private static string Explain(Exception error) => error switch
    {
        OperationCanceledException => "interrupted",
        NaqException or ExitException or TimeoutException => error.Message,
        _ => $"{error.GetType().Name}: {error.Message}",
    };

    // A message may hold several lines (all configuration errors at once): each gets the program's name.
    private void WriteError(string message)
    {
        foreach (var line in message.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            Shell.Error.WriteLine($"naq: {Printable.Escape(line)}");
        }
    }
}
