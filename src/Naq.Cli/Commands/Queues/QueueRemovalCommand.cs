using System.CommandLine;
using Naq.Brokers;
using Naq.Cli.Invoking;
using Naq.Cli.Output;
using Naq.Cli.Parsing;
using Naq.Cli.Shells;

namespace Naq.Cli.Commands.Queues;

/// <summary>Removes jobs of a queue for good: counts them, asks, removes, and says how many there were.</summary>
internal abstract class QueueRemovalCommand : NaqCommand
{
    private readonly Argument<string> _queue = Opt.NameArgument("queue", "The queue's name.");
    private readonly Option<bool> _yes = Opt.Flag("--yes", "Do not ask.");
    private readonly Option<bool> _dryRun = Opt.Flag("--dry-run", "Only say how many jobs would be deleted.");

    protected QueueRemovalCommand(string name, string description) : base(name, description)
    {
        Add(_queue);
        Add(_yes);
        Add(_dryRun);
    }

    /// <summary>How the command is called where it is refused: <c>Purging</c>.</summary>
    protected abstract string Doing { get; }

    /// <summary>How many jobs would go.</summary>
    /// <exception cref="ExitException">None may go now.</exception>
    protected abstract long Count(Invocation run, QueueCounts counts);

    protected abstract string Question(string queue, long count);

    protected abstract ValueTask<long> RemoveAsync(Invocation run, Broker broker, string queue, CancellationToken ct);

    protected sealed override async Task<int> RunAsync(Invocation run, CancellationToken ct)
    {
        var queue = run.Get(_queue);
        if (!run.Get(_yes) && !run.Get(_dryRun) && !run.Shell.InIsTerminal)
        {
            throw new NaqConfigurationException($"{Doing} '{queue}' deletes jobs for good: say --yes, or --dry-run to count them first.");
        }

        var broker = await run.OpenAsync(ct).ConfigureAwait(false);
        var count = Count(run, await QueueShowCommand.RequireAsync(broker, queue, ct).ConfigureAwait(false));
        if (!run.Get(_dryRun))
        {
            if (!run.Get(_yes) && !await Confirmation.AskAsync(run.Shell, Question(queue, count), ct).ConfigureAwait(false))
            {
                throw new ExitException(ExitCodes.Refused, "nothing was deleted.");
            }

            count = await RemoveAsync(run, broker, queue, ct).ConfigureAwait(false);
        }

        run.Output.One(CountAnswer.View, new(queue, count));
        return ExitCodes.Ok;
    }
}
