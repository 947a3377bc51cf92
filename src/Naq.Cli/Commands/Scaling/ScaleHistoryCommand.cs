using System.CommandLine;
using Naq.Cli.Invoking;
using Naq.Cli.Output;
using Naq.Cli.Parsing;
using Naq.Cli.Shells;
using Naq.Scaling.Decisions;

namespace Naq.Cli.Commands.Scaling;

internal sealed class ScaleHistoryCommand : NaqCommand
{
    private const int DefaultLimit = 50;

    private readonly Option<string?> _pool = Opt.Name("--pool", "pool", "Only decisions for this pool.");
    private readonly Option<int?> _limit = Opt.Number("--limit", $"At most so many (default {DefaultLimit}).", 1, int.MaxValue);

    public ScaleHistoryCommand() : base("history", "List the recorded decisions, newest first.")
    {
        Add(_pool);
        Add(_limit);
    }

    protected override async Task<int> RunAsync(Invocation run, CancellationToken ct)
    {
        var broker = await run.OpenAsync(ct).ConfigureAwait(false);
        var (log, limit) = (new DecisionLog(broker.Cluster), run.Get(_limit) ?? DefaultLimit);
        var decisions = new List<Decision>();
        foreach (var pool in await KnownPools.RequireAsync(broker, run.Get(_pool), ct).ConfigureAwait(false))
        {
            decisions.AddRange(await log.NewestAsync(pool, limit, ct).ConfigureAwait(false));
        }

        var newest = decisions.OrderByDescending(static decision => decision.DecidedAt).Take(limit).Select(DecisionDocument.Of);
        await run.Output.ManyAsync(DecisionDocument.View, newest, ct).ConfigureAwait(false);
        return ExitCodes.Ok;
    }
}
