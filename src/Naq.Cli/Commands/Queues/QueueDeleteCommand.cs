using Naq.Brokers;
using Naq.Cli.Invoking;
using Naq.Cli.Shells;

namespace Naq.Cli.Commands.Queues;

internal sealed class QueueDeleteCommand() : QueueRemovalCommand(
    "delete", "Delete a queue with its ready, scheduled and dead jobs, its settings and totals. Refused while jobs of it run; finished jobs stay.")
{
    protected override string Doing => "Deleting";

    protected override long Count(Invocation run, QueueCounts counts) =>
        counts.InFlight > 0 ? throw Runs(run, counts.Queue, counts.InFlight) : counts.Ready + counts.Scheduled + counts.Dead;

    protected override string Question(string queue, long count) => $"Delete queue '{queue}' and {count} jobs for good?";

    protected override async ValueTask<long> RemoveAsync(Invocation run, Broker broker, string queue, CancellationToken ct)
    {
        var deletion = await broker.Jobs.DeleteQueueAsync(queue, ct).ConfigureAwait(false);
        return deletion.Status == QueueDeletionStatus.Refused
            ? throw Runs(run, queue, Math.Max(1, (await QueueShowCommand.RequireAsync(broker, queue, ct).ConfigureAwait(false)).InFlight))
            : deletion.Jobs;
    }

    private static ExitException Runs(Invocation run, string queue, long running) =>
        new(ExitCodes.Refused, $"{running} jobs of '{queue}' run: pause it with `{run.Hint("queue", "pause", queue)}`, and delete it when they have ended.");
}
