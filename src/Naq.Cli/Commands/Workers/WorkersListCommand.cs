using Naq.Cli.Invoking;
using Naq.Cli.Output;
using Naq.Cli.Shells;
using Naq.Cluster;

namespace Naq.Cli.Commands.Workers;

internal sealed class WorkersListCommand() : NaqCommand("list", "List the living workers.")
{
    protected override async Task<int> RunAsync(Invocation run, CancellationToken ct)
    {
        var broker = await run.OpenAsync(ct).ConfigureAwait(false);
        var workers = await WorkerRegistry.ListAsync(broker.Cluster, ct).ConfigureAwait(false);
        await run.Output.ManyAsync(WorkerDocument.View, workers.Select(WorkerDocument.Of), ct).ConfigureAwait(false);
        return ExitCodes.Ok;
    }
}
