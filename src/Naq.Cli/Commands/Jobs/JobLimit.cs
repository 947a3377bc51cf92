using System.CommandLine;
using Naq.Cli.Invoking;
using Naq.Cli.Parsing;

namespace Naq.Cli.Commands.Jobs;

/// <summary><c>--limit</c> and <c>--all</c> of the commands that list jobs.</summary>
internal sealed class JobLimit
{
    private const int Default = 50;

    private readonly Option<int?> _limit = Opt.Number("--limit", $"At most so many (default {Default}).", 1, int.MaxValue);
    private readonly Option<bool> _all = Opt.Flag("--all", "All of them.");

    public void AddTo(Command command)
    {
        command.Add(_limit);
        command.Add(_all);
    }

    public IAsyncEnumerable<JobSnapshot> Of(IAsyncEnumerable<JobSnapshot> jobs, Invocation run) =>
        run.Get(_all) ? jobs : jobs.Take(run.Get(_limit) ?? Default);
}
