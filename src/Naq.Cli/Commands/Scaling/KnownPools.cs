using Naq.Brokers;
using Naq.Cli.Parsing;
using Naq.Cli.Shells;
using Naq.Scaling.Decisions;

namespace Naq.Cli.Commands.Scaling;

/// <summary>The pools that an autoscaler has decided for.</summary>
internal static class KnownPools
{
    /// <summary>All of them, or the one that was asked for.</summary>
    /// <exception cref="ExitException">It is not there.</exception>
    public static async ValueTask<IReadOnlyList<string>> RequireAsync(Broker broker, string? pool, CancellationToken ct)
    {
        var known = await new DecisionLog(broker.Cluster).PoolsAsync(ct).ConfigureAwait(false);
        return pool is null ? known
            : known.Contains(pool) ? [pool]
            : throw new ExitException(ExitCodes.NotFound, $"no autoscaler has decided for a pool '{pool}' here.{Nearest.DidYouMean(pool, known)}");
    }
}
