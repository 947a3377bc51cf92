using Naq.Scaling.Observation;
using Naq.Scaling.Pools;

namespace Naq.Scaling.Provisioners;

/// <summary>Starts and stops the workers of pools. It owns no number: what shall be is told to it, what is it reads anew each time.</summary>
public interface IProvisioner
{
    /// <summary>Its name in configuration.</summary>
    string Name { get; }

    /// <summary>Looks which workers of the pool there are, the stopping ones included.</summary>
    /// <exception cref="Exception">It cannot tell: unknown, never "none".</exception>
    ValueTask<IReadOnlyList<PoolReplica>> ObserveAsync(PoolConfig pool, CancellationToken ct);

    /// <summary>Brings the pool to <paramref name="desired"/> workers. Idempotent; starts and asks to drain, and waits for neither.</summary>
    /// <param name="pool">The pool.</param>
    /// <param name="desired">How many workers shall not be stopping.</param>
    /// <param name="victims">The names of replicas in the order in which they may go.</param>
    /// <param name="ct">Gives up.</param>
    ValueTask ApplyAsync(PoolConfig pool, int desired, IReadOnlyList<string> victims, CancellationToken ct);
}
