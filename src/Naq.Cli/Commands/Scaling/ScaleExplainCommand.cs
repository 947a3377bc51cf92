using System.CommandLine;
using System.Text.Json;
using Naq.Cli.Invoking;
using Naq.Cli.Output;
using Naq.Cli.Parsing;
using Naq.Cli.Shells;
using Naq.Scaling.Decisions;

namespace Naq.Cli.Commands.Scaling;

internal sealed class ScaleExplainCommand : NaqCommand
{
    private readonly Argument<string> _pool = Opt.NameArgument("pool", "The pool's name.");
    private readonly Option<DateTimeOffset?> _at = Opt.Instant("--at", "The decision that was in force at this time (default: the newest).");

    public ScaleExplainCommand() : base("explain", "Say why a pool has the workers it has: what was seen, proposed and limited.")
    {
        Add(_pool);
        Add(_at);
    }

    protected override async Task<int> RunAsync(Invocation run, CancellationToken ct)
    {
        var broker = await run.OpenAsync(ct).ConfigureAwait(false);
        var (pool, at) = (run.Get(_pool), run.Get(_at) ?? DateTimeOffset.MaxValue);
        _ = await KnownPools.RequireAsync(broker, pool, ct).ConfigureAwait(false);
        var decision = await new DecisionLog(broker.Cluster).InForceAtAsync(pool, at, ct).ConfigureAwait(false)
            ?? throw new ExitException(ExitCodes.NotFound, $"no decision for pool '{pool}' is kept from before {at:O}.");
        if (run.Output.Format != OutputFormat.Table)
        {
            await run.Shell.Out.WriteLineAsync(JsonSerializer.Serialize(decision, DecisionJson.Default.Decision)).ConfigureAwait(false);
            return ExitCodes.Ok;
        }

        await run.Shell.Out.WriteLineAsync($"decision {decision.Number} of pool {pool}, {decision.DecidedAt:u}").ConfigureAwait(false);
        foreach (var line in DecisionText.ExplainFully(decision))
        {
            await run.Shell.Out.WriteLineAsync("  " + Printable.Escape(line)).ConfigureAwait(false);
        }

        return ExitCodes.Ok;
    }
}
