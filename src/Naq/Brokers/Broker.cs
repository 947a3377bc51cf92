namespace Naq.Brokers;

/// <summary>An open broker: its jobs and its cluster store, closed together.</summary>
/// <param name="jobs">Where jobs live.</param>
/// <param name="cluster">The small shared map.</param>
/// <param name="address">What was opened, such as <c>sqlite:/var/lib/naq.db</c>; holds no secret.</param>
public sealed class Broker(IJobStore jobs, IClusterStore cluster, string address) : IAsyncDisposable
{
    /// <summary>Where jobs live.</summary>
    public IJobStore Jobs { get; } = jobs;

    /// <summary>The small shared map.</summary>
    public IClusterStore Cluster { get; } = cluster;

    /// <summary>What was opened; holds no secret.</summary>
    public string Address { get; } = address;

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Jobs.DisposeAsync();
}
