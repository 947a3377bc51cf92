using System.CommandLine;
using Naq.Cli.Invoking;
using Naq.Cli.Output;
using Naq.Cli.Parsing;
using Naq.Cli.Shells;
using Naq.Scaling.Pools;

namespace Naq.Cli.Commands.Scaling;

internal sealed class ScaleSetCommand : NaqCommand
{
    private const int MostWorkers = 10_000;

    private readonly Argument<string> _pool = Opt.NameArgument("pool", "The pool's name.");
    private readonly Option<int?> _min = Opt.Number("--min", "The least workers, instead of the configured least.", 0, MostWorkers);
    private readonly Option<int?> _max = Opt.Number("--max", "The most workers, instead of the configured most.", 0, MostWorkers);
    private readonly Option<int?> _workers = Opt.Number("--workers", "Exactly so many workers, whatever policies say.", 0, MostWorkers);
    private readonly Option<bool> _clear = Opt.Flag("--clear", "Take the orders back: configuration and policies decide again.");

    public ScaleSetCommand() : base("set", "Give a pool orders by hand; they hold until they are replaced or cleared.")
    {
        Add(_pool);
        Add(_min);
        Add(_max);
        Add(_workers);
        Add(_clear);
        Validators.Add(result =>
        {
            if (result.Has(_clear) == (result.Has(_min) || result.Has(_max) || result.Has(_workers)))
            {
                result.AddError("say --min, --max or --workers, or --clear alone.");
            }
        });
    }

    protected override async Task<int> RunAsync(Invocation run, CancellationToken ct)
    {
        var pool = run.Get(_pool);
        var orders = run.Get(_clear) ? null : new PoolOverride(run.Get(_min), run.Get(_max), run.Get(_workers));
        var broker = await run.OpenAsync(ct).ConfigureAwait(false);
        if ((await KnownPools.RequireAsync(broker, null, ct).ConfigureAwait(false)).Count == 0)
        {
            run.Note($"no autoscaler has decided for any pool here yet; the orders for '{pool}' wait for it.");
        }
        else
        {
            _ = await KnownPools.RequireAsync(broker, pool, ct).ConfigureAwait(false);
        }

        await PoolOverride.WriteAsync(broker.Cluster, pool, orders, ct).ConfigureAwait(false);
        run.Output.One(OrdersDocument.View, OrdersDocument.Of(pool, orders));
        return ExitCodes.Ok;
    }
}
