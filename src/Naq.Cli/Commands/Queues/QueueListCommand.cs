using Naq.Cli.Invoking;
using Naq.Cli.Output;
using Naq.Cli.Shells;

namespace Naq.Cli.Commands.Queues;

internal sealed class QueueListCommand() : NaqCommand("list", "List all queues.")
{
    protected override async Task<int> RunAsync(Invocation run, CancellationToken ct)
    {
        var broker = await run.OpenAsync(ct).ConfigureAwait(false);
        var queues = await broker.Jobs.CountsAsync(null, ct).ConfigureAwait(false);
        await run.Output.ManyAsync(QueueDocument.View, queues.OrderBy(static q => q.Queue, StringComparer.Ordinal).Select(QueueDocument.Of), ct)
            .ConfigureAwait(false);
        return ExitCodes.Ok;
    }
}
