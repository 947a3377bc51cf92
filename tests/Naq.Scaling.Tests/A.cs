using System.Collections.Immutable;
using Naq.Cluster;
using Naq.Scaling.Limiters;
using Naq.Scaling.Observation;
using Naq.Scaling.Policies;
using Naq.Scaling.Pools;

namespace Naq.Scaling.Tests;

/// <summary>Makes what a test needs, with defaults for the rest.</summary>
internal static class A
{
    public static PoolConfig Pool(IScalingPolicy policy, int min = 1, int max = 10, int concurrency = 1, params ILimiter[] limiters) => new()
    {
        Name = "cpu",
        Queues = ["cpu"],
        Min = min,
        Max = max,
        Worker = new() { Concurrency = concurrency },
        Policies = [policy],
        Limiters = [.. limiters.ToImmutableArray(), BoundsLimiter.Instance],
    };

    public static LimitInput LimitInput(int current, int min = 0, int max = 1000, double at = 0, PoolObservation? seen = null) =>
        new(at, current, min, max, TimeSpan.Zero, seen ?? Seen(at, workers: current));

    public static RateSide Side(double percent, int workers, TimeSpan period) => new([new(percent, workers, period)], RateSelect.Max);

    public static PoolObservation Seen(double at, long ready = 0, int workers = 1, long due = 0) => new(
        at, Reading.Known(new QueueLoad { Ready = ready, Due = due }, at), Reading.Known(new Fleet { Ready = workers }, at));

    public static PoolObservation LoadUnknown(double at) => Seen(at) with { Load = Reading.Unknown<QueueLoad>("broker away") };

    public static WorkerRecord Worker(string replica, WorkerState state = WorkerState.Running, int busy = 0, DateTimeOffset startedAt = default) => new()
    {
        Name = "worker-of-" + replica,
        Host = Environment.MachineName,
        Pid = 4711,
        Replica = replica,
        Pool = "cpu",
        Queues = ["cpu"],
        Concurrency = 1,
        State = state,
        StartedAt = startedAt,
        Busy = busy,
    };
}
