using Naq.Cli.Shells;

namespace Naq.Cli;

/// <summary>The <c>naq</c> command tree, for the <c>naq</c> executable and for a user's own worker program.</summary>
public static class NaqApp
{
    /// <summary>Parses and runs a command line and returns the process's exit code.</summary>
    /// <param name="args">The arguments, without the program's name.</param>
    /// <param name="configure">Adds the program's own handlers and services; null: only the built-in jobs.</param>
    public static Task<int> RunAsync(string[] args, Action<NaqBuilder>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(args);
        return new CommandTree(Shell.OfProcess(), configure, args).RunAsync(args, CancellationToken.None);
    }
}
