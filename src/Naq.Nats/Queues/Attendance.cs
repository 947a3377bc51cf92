using NATS.Client.JetStream.Models;
using Naq.Brokers;
using Naq.Cluster;

namespace Naq.Nats.Queues;

/// <summary>Whether somebody serves the queues that have jobs, and whether what they are served from delivers. Pure: no clock, no server.</summary>
internal static class Attendance
{
    /// <summary>A free worker looks at each lane that it thinks empty every half a minute: what waits twice as long beside it is not delivered.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    /// <summary>Queues with jobs to claim that no living worker serves.</summary>
    public static Finding Served(IEnumerable<(string Queue, char Lane, ConsumerInfo Info)> lanes, IReadOnlyList<WorkerRecord> workers)
    {
        const string name = "consumers";
        var all = lanes.ToList();
        var alone = all.Where(IsWaiting).Select(static lane => lane.Queue).Distinct(StringComparer.Ordinal)
            .Where(queue => !workers.Any(worker => Serves(worker, queue))).Order(StringComparer.Ordinal).ToList();
        return alone.Count > 0
            ? new(name, Severity.Warning, $"jobs wait in {List(alone)}, and no living worker serves {(alone.Count == 1 ? "it" : "them")}: start one, or delete the queue.")
            : new(name, Severity.Ok, $"{all.Count} consumers of {all.Select(static lane => lane.Queue).Distinct(StringComparer.Ordinal).Count()} queues, {workers.Count} workers");
    }

    /// <summary>Lanes that deliver nothing though a worker that serves them is free.</summary>
    public static Finding Delivered(
        IEnumerable<(string Queue, char Lane, ConsumerInfo Info)> lanes, IReadOnlyDictionary<string, QueueCounts> counts, IReadOnlyList<WorkerRecord> workers, long stalls)
    {
        const string name = "stalls";
        var free = workers.Where(static worker => worker.State is WorkerState.Running or WorkerState.Retiring && worker.Busy < worker.Concurrency).ToList();
        var stalled = lanes
            .Where(lane => IsWaiting(lane) && lane.Info.NumAckPending == 0 && counts.GetValueOrDefault(lane.Queue) is { IsPaused: false } queue && queue.OldestAge > Patience)
            .Where(lane => free.Any(worker => worker.SeenAt - worker.StartedAt > Patience && Serves(worker, lane.Queue)))
            .Select(static lane => QueueList.Name(lane.Queue, lane.Lane)).Order(StringComparer.Ordinal).ToList();
        return stalled.Count > 0
            ? new(name, Severity.Error, $"{List(stalled)} delivered nothing for {Patience.TotalSeconds:0} s though workers are free. Look at the server's log; a restart of these workers has the consumers made anew.")
            : stalls > 0
                ? new(name, Severity.Warning, $"{stalls} times jobs waited in a queue that had been thought empty; they were fetched")
                : new(name, Severity.Ok, "none");
    }

    private static bool IsWaiting((string Queue, char Lane, ConsumerInfo Info) lane) =>
        QueueList.ClaimLanes.Contains(lane.Lane, StringComparison.Ordinal) && lane.Info.NumPending > 0;

    private static bool Serves(WorkerRecord worker, string queue) =>
        worker.Queues.Any(pattern => Names.Matches(pattern.Split(':')[0], queue));

    private static string List(List<string> names) => names.Count > 5 ? $"{string.Join(", ", names.Take(5))} and {names.Count - 5} more" : string.Join(", ", names);
}
