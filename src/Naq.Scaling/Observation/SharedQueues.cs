using Naq.Brokers;

namespace Naq.Scaling.Observation;

/// <summary>A pool's part of queues that several pools serve: not all of them shall order workers for the same jobs. One caller.</summary>
/// <remarks>Gauges are parts of what is there now; totals grow by the part of what was added, so that a part that changes moves no total back.</remarks>
internal sealed class SharedQueues
{
    private readonly Dictionary<string, Totals> _totals = new(StringComparer.Ordinal);

    private readonly record struct Totals(long Arrived, long Completed, double OurArrived, double OurCompleted);

    public IReadOnlyList<QueueCounts> Divide(IReadOnlyList<QueueCounts> counts, Func<string, double> shareOf) =>
        [.. counts.Select(c => Divide(c, Math.Clamp(shareOf(c.Queue), 0, 1)))];

    private QueueCounts Divide(QueueCounts counts, double share)
    {
        // At first all that ever came is ours: only what is added is ever looked at.
        var before = _totals.TryGetValue(counts.Queue, out var seen) && seen.Arrived <= counts.ReadyTotal && seen.Completed <= counts.CompletedTotal
            ? seen
            : new(counts.ReadyTotal, counts.CompletedTotal, counts.ReadyTotal, counts.CompletedTotal);
        var now = new Totals(
            counts.ReadyTotal,
            counts.CompletedTotal,
            before.OurArrived + (share * (counts.ReadyTotal - before.Arrived)),
            before.OurCompleted + (share * (counts.CompletedTotal - before.Completed)));
        _totals[counts.Queue] = now;
        return counts with
        {
            Ready = Part(counts.Ready, share),
            Due = Part(counts.Due, share),
            InFlight = Part(counts.InFlight, share),
            ReadyTotal = (long)now.OurArrived,
            CompletedTotal = (long)now.OurCompleted,
        };
    }

    private static long Part(long count, double share) => (long)Math.Ceiling((count * share) - 1e-9);
}
