using System.CommandLine;
using System.CommandLine.Invocation;
using Microsoft.Extensions.Logging;

namespace Naq.Cli.Invoking;

/// <summary>A command that does something: it declares its options as fields and runs.</summary>
internal abstract class NaqCommand : Command
{
    protected NaqCommand(string name, string description) : base(name, description) => Action = new CommandAction(this);

    /// <summary>The least severe log lines that are printed where nobody says otherwise.</summary>
    protected virtual LogLevel DefaultLogLevel => LogLevel.Warning;

    protected abstract Task<int> RunAsync(Invocation run, CancellationToken ct);

    /// <summary>Runs the command within an <see cref="Invocation"/>.</summary>
    internal sealed class CommandAction(NaqCommand command) : AsynchronousCommandLineAction
    {
        public override async Task<int> InvokeAsync(ParseResult parseResult, CancellationToken cancellationToken = default)
        {
            var run = new Invocation(parseResult, command.DefaultLogLevel);
            await using (run.ConfigureAwait(false))
            {
                return await command.RunAsync(run, cancellationToken).ConfigureAwait(false);
            }
        }
    }
}
