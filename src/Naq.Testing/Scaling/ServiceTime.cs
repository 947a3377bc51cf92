using Naq.Scaling.Simulation;

namespace Naq.Testing;

/// <summary>How long simulated jobs hold a slot. Immutable.</summary>
public sealed class ServiceTime
{
    private ServiceTime(TimeSpan mean, ServiceLaw law, double variation = 0)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(mean, TimeSpan.Zero);
        (Seconds, Law, Variation) = (mean.TotalSeconds, law, variation);
    }

    internal double Seconds { get; }

    internal ServiceLaw Law { get; }

    internal double Variation { get; }

    /// <summary>All alike.</summary>
    public static ServiceTime Fixed(TimeSpan time) => new(time, ServiceLaw.Fixed);

    /// <summary>Exponential: many short ones, few long ones.</summary>
    public static ServiceTime Exponential(TimeSpan mean) => new(mean, ServiceLaw.Exponential);

    /// <summary>Lognormal, as measured times often are.</summary>
    /// <param name="mean">The mean.</param>
    /// <param name="variation">Standard deviation over mean, 0 to 10.</param>
    public static ServiceTime Lognormal(TimeSpan mean, double variation)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(variation);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(variation, 10);
        return new(mean, ServiceLaw.Lognormal, variation);
    }
}
