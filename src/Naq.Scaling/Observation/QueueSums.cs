using Naq.Brokers;

namespace Naq.Scaling.Observation;

/// <summary>Makes the demand on a pool of its queues' counts.</summary>
internal static class QueueSums
{
    public static QueueLoad Of(IReadOnlyList<QueueCounts> counts)
    {
        var open = counts.Where(static c => !c.IsPaused).ToList();
        return new()
        {
            Ready = open.Sum(static c => c.Ready),
            Due = open.Sum(static c => c.Due),
            InFlight = counts.Sum(static c => c.InFlight),
            OldestAge = open.Max(static c => c.OldestAge)?.TotalSeconds,
            ArrivedTotal = counts.Sum(static c => c.ReadyTotal),
            CompletedTotal = counts.Sum(static c => c.CompletedTotal),
        };
    }

    public static QueueLoad WithRates(QueueLoad load, QueueLoad before, double seconds) => load with
    {
        ArrivalsPerSecond = Math.Max(0, load.ArrivedTotal - before.ArrivedTotal) / seconds,
        CompletionsPerSecond = Math.Max(0, load.CompletedTotal - before.CompletedTotal) / seconds,
    };
}
