using System.CommandLine;
using Naq.Brokers;
using Naq.Cli.Invoking;
using Naq.Cli.Output;
using Naq.Cli.Parsing;
using Naq.Cli.Shells;

namespace Naq.Cli.Commands.Queues;

internal sealed class QueueDeleteCommand : NaqCommand
{
    private readonly Argument<string> _queue = Opt.NameArgument("queue", "The queue's name.");
    private readonly Option<bool> _yes = Opt.Flag("--yes", "Do not ask.");
    private readonly Option<bool> _dryRun = Opt.Flag("--dry-run", "Only say how many jobs would be deleted.");

    public QueueDeleteCommand() : base(
        "delete",
        "Delete a queue with its ready, scheduled and dead jobs, its settings and totals. Refused while jobs of it run; finished jobs stay.")
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
            throw new NaqConfigurationException($"Deleting '{queue}' deletes jobs for good: say --yes, or --dry-run to count them first.");
        }

        var broker = await run.OpenAsync(ct).ConfigureAwait(false);
        var counts = await QueueShowCommand.RequireAsync(broker, queue, ct).ConfigureAwait(false);
        RequireIdle(run, queue, counts.InFlight);
        var count = counts.Ready + counts.Scheduled + counts.Dead;
        if (run.Get(_dryRun))
        {
            run.Output.One(CountAnswer.View, new(queue, count));
            return ExitCodes.Ok;
        }

        if (!run.Get(_yes) && !await Confirmation.AskAsync(run.Shell, $"Delete queue '{queue}' and {count} jobs for good?", ct).ConfigureAwait(false))
        {
            throw new ExitException(ExitCodes.Refused, "nothing was deleted.");
        }

        var deletion = await broker.Jobs.DeleteQueueAsync(queue, ct).ConfigureAwait(false);
        if (deletion.Status == QueueDeletionStatus.Refused)
        {
            RequireIdle(run, queue, Math.Max(1, (await QueueShowCommand.RequireAsync(broker, queue, ct).ConfigureAwait(false)).InFlight));
        }

        run.Output.One(CountAnswer.View, new(queue, deletion.Jobs));
        return ExitCodes.Ok;
    }

    private static void RequireIdle(Invocation run, string queue, long running)
    {
        if (running > 0)
        {
            throw new ExitException(ExitCodes.Refused, $"{running} jobs of '{queue}' run: pause it with `{run.Hint("queue", "pause", queue)}`, and delete it when they have ended.");
        }
    }
}
