using Naq.Brokers.Memory;

namespace Naq.Brokers;

/// <summary>Opens a broker that lives in this process's memory: for tests, and for trying things out.</summary>
public static class MemoryBroker
{
    /// <summary>Opens an empty broker; nothing of it outlives its disposal.</summary>
    /// <param name="options">How; null: all defaults.</param>
    /// <param name="time">Leases, due times and expiry go by this clock; null: the system's.</param>
    /// <exception cref="NaqConfigurationException">An option is out of its range.</exception>
    public static Broker Open(MemoryBrokerOptions? options = null, TimeProvider? time = null)
    {
        options ??= new();
        options.Validate();
        time ??= TimeProvider.System;
        return new(new MemoryJobStore(options, time), new MemoryClusterStore(time), "memory:");
    }
}

/// <summary>How a memory broker is opened.</summary>
public sealed record MemoryBrokerOptions
{
    /// <value>How long a claim lasts without extension: 1 ms to 1 h. Default 30 s.</value>
    public TimeSpan LeaseDuration { get; init; } = TimeSpan.FromSeconds(30);

    /// <value>At most so many succeeded and cancelled jobs are kept; the oldest go first. Default 10,000.</value>
    public int MaxFinished { get; init; } = 10_000;

    /// <value>At most so many dead letters are kept; the oldest go first. Default 10,000.</value>
    public int MaxDead { get; init; } = 10_000;

    internal void Validate()
    {
        var faults = new List<string>();
        if (LeaseDuration < TimeSpan.FromMilliseconds(1) || LeaseDuration > TimeSpan.FromHours(1))
        {
            faults.Add($"lease {LeaseDuration} is not within 1 ms and 1 h.");
        }

        if (MaxFinished < 0 || MaxDead < 0)
        {
            faults.Add("a bound of the memory broker is negative: use 0 or more.");
        }

        if (faults.Count > 0)
        {
            throw new NaqConfigurationException(string.Join('\n', faults));
        }
    }
}
