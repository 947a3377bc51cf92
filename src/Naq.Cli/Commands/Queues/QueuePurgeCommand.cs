using System.CommandLine;
using Naq.Cli.Invoking;
using Naq.Cli.Output;
using Naq.Cli.Parsing;
using Naq.Cli.Shells;

namespace Naq.Cli.Commands.Queues;

internal sealed class QueuePurgeCommand : NaqCommand
{
    private readonly Argument<string> _queue = Opt.NameArgument("queue", "The queue's name.");
    private readonly Option<bool> _yes = Opt.Flag("--yes", "Do not ask.");
    private readonly Option<bool> _dryRun = Opt.Flag("--dry-run", "Only say how many jobs would be deleted.");

    public QueuePurgeCommand() : base("purge", "Delete the ready and scheduled jobs of a queue; running, dead and finished jobs stay.")
    {
        Add(_queue);
        Add(_yes);
        Add(_dryRun);
    }

    protected override async Task<int> RunAsync(Invocation run, CancellationToken ct)
    {
        var queue = run.Get(_queue);
        if (!run.Get(_yes) && !run.Get(_dryRun) && !run.Shell.InIsTerminal)
        {
            throw new NaqConfigurationException($"Purging '{queue}' deletes jobs for good: say --yes, or --dry-run to count them first.");
        }

        var broker = await run.OpenAsync(ct).ConfigureAwait(false);
        var counts = await QueueShowCommand.RequireAsync(broker, queue, ct).ConfigureAwait(false);
        var count = counts.Ready + counts.Scheduled;
        if (run.Get(_dryRun))
        {
            run.Output.One(CountAnswer.View, new(queue, count));
            return ExitCodes.Ok;
        }

        if (!run.Get(_yes) && !await Confirmation.AskAsync(run.Shell, $"Delete {count} jobs of queue '{queue}' for good?", ct).ConfigureAwait(false))
        {
            throw new ExitException(ExitCodes.Refused, "nothing was deleted.");
        }

        run.Output.One(CountAnswer.View, new(queue, await broker.Jobs.PurgeAsync(queue, ct).ConfigureAwait(false)));
        return ExitCodes.Ok;
    }
}
