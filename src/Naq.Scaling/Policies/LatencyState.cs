using System.Collections.Immutable;
using Naq.Scaling.Observation;

namespace Naq.Scaling.Policies;

/// <summary>What the <c>latency</c> policy remembers.</summary>
/// <param name="At">The time of the last look.</param>
/// <param name="Spacing">The usual seconds between two looks.</param>
/// <param name="Arrivals">The counter of arrivals over the last six goals.</param>
/// <param name="Service">How long a job holds a slot.</param>
internal sealed record LatencyState(double At, double Spacing, ImmutableArray<ArrivalSample> Arrivals, ServiceTime Service) : PolicyState
{
    /// <summary>How many goals the longest window of the arrival rate spans.</summary>
    private const int Goals = 6;

    /// <summary>The weight of a new spacing, and the longest that is believed: a gap is no rhythm.</summary>
    private const double SpacingWeight = 0.2;
    private const double MostSpacing = 60;

    /// <summary>Adds what is seen now; <paramref name="before"/> is null at the first look.</summary>
    public static LatencyState After(LatencyState? before, double at, QueueLoad load, Fleet fleet, double goalSeconds)
    {
        var spacing = before is null ? 1 : before.Spacing + (SpacingWeight * (Math.Clamp(at - before.At, 0, MostSpacing) - before.Spacing));
        var arrivals = ArrivalRate.Add(before?.Arrivals ?? [], at, load.ArrivedTotal, Goals * goalSeconds);
        return new(at, spacing, arrivals, (before?.Service ?? ServiceTime.None).Feed(fleet.ServiceCount, fleet.ServiceSeconds));
    }
}
