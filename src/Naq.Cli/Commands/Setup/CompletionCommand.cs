using System.CommandLine;
using Naq.Cli.Completing;
using Naq.Cli.Invoking;
using Naq.Cli.Parsing;
using Naq.Cli.Shells;

namespace Naq.Cli.Commands.Setup;

internal sealed class CompletionCommand : NaqCommand
{
    private readonly Argument<CompletionShell> _shell = Choice.Argument<CompletionShell>("shell", "The shell that reads it; its first line says how.");

    public CompletionCommand() : base("completion", "Print the script that completes commands, options, and live names of queues, workers, pools and jobs.") => Add(_shell);

    protected override async Task<int> RunAsync(Invocation run, CancellationToken ct)
    {
        await run.Shell.Out.WriteLineAsync(CompletionScripts.Of(run.Get(_shell), run.Shell.Program).AsMemory(), ct).ConfigureAwait(false);
        return ExitCodes.Ok;
    }
}
