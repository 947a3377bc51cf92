using Naq.Cli.Invoking;
using Naq.Cli.Output;
using Naq.Cli.Shells;
using Naq.Cluster;
using Naq.Scaling;
using Naq.Scaling.Decisions;
using Naq.Scaling.Pools;

namespace Naq.Cli.Commands.Scaling;

internal sealed class ScaleStatusCommand() : NaqCommand("status", "Show every pool: workers wanted and there, and the last decision.")
{
    protected override async Task<int> RunAsync(Invocation run, CancellationToken ct)
    {
        var broker = await run.OpenAsync(ct).ConfigureAwait(false);
        var workers = await WorkerRegistry.ListAsync(broker.Cluster, ct).ConfigureAwait(false);
        var leader = await Leader.WhoAsync(broker.Cluster, Autoscaler.Election, ct).ConfigureAwait(false);
        var documents = new List<PoolDocument>();
        foreach (var pool in await KnownPools.RequireAsync(broker, null, ct).ConfigureAwait(false))
        {
            var target = await PoolTarget.ReadAsync(broker.Cluster, pool, ct).ConfigureAwait(false);
            var orders = await PoolOverride.ReadAsync(broker.Cluster, pool, ct).ConfigureAwait(false);
            var newest = await new DecisionLog(broker.Cluster).NewestAsync(pool, 1, ct).ConfigureAwait(false);
            documents.Add(PoolDocument.Of(pool, workers, target, orders, newest is [var last] ? last : null, leader?.Holder));
        }

        await run.Output.ManyAsync(PoolDocument.View, documents, ct).ConfigureAwait(false);
        return ExitCodes.Ok;
    }
}
