using System.CommandLine;
using Naq.Cli.Invoking;
using Naq.Cli.Parsing;
using Naq.Cli.Working;

namespace Naq.Cli.Commands.Working;

/// <summary><c>--app</c>: the same command line, run by a user's own program, which knows its handlers.</summary>
internal sealed class AppOption
{
    private const string Name = "--app";

    private readonly Option<string?> _app = Opt.Text(
        Name, "PATH", "Have your own program do it (NaqApp.RunAsync), with its handlers: a project or its folder, which is built first, a .dll or a program.");

    public void AddTo(Command command) => command.Add(_app);

    /// <summary>Runs the rest of the command line in the program that was named. Null: none was.</summary>
    public async ValueTask<int?> RunAsync(Invocation run, CancellationToken ct)
    {
        if (run.Get(_app) is not { } path)
        {
            return null;
        }

        var app = await AppProgram.FindAsync(path, run.Shell.Directory, ct).ConfigureAwait(false);
        var arguments = run.Arguments.ToList();
        var at = arguments.IndexOf(Name);
        arguments.RemoveRange(at, 2);
        return await app.BecomeAsync(arguments).ConfigureAwait(false);
    }
}
