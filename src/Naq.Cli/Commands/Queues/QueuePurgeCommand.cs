using Naq.Brokers;
using Naq.Cli.Invoking;

namespace Naq.Cli.Commands.Queues;

internal sealed class QueuePurgeCommand() : QueueRemovalCommand("purge", "Delete the ready and scheduled jobs of a queue; running, dead and finished jobs stay.")
{
    protected override string Doing => "Purging";

    protected override long Count(Invocation run, QueueCounts counts) => counts.Ready + counts.Scheduled;

    protected override string Question(string queue, long count) => $"Delete {count} jobs of queue '{queue}' for good?";

    protected override ValueTask<long> RemoveAsync(Invocation run, Broker broker, string queue, CancellationToken ct) => broker.Jobs.PurgeAsync(queue, ct);
}
