namespace Naq.Scaling.Observation;

/// <summary>One worker as its provisioner sees it: a process, container or pod.</summary>
/// <param name="Name">What the worker finds in <c>NAQ_REPLICA</c>.</param>
/// <param name="IsStopping">Whether it was told to drain.</param>
public sealed record PoolReplica(string Name, bool IsStopping);
