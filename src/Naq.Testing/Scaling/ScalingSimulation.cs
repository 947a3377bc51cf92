using Naq.Scaling.Decisions.Deciders;
using Naq.Scaling.Policies.Latency;
using Naq.Scaling.Pools;
using Naq.Scaling.Simulation;

namespace Naq.Testing;

/// <summary>What surrounds a simulated pool.</summary>
public sealed class SimulationOptions
{
    /// <value>From the start of a worker to its first job, on average. Default 2 s: a process on this machine.</value>
    public TimeSpan ColdStart { get; set; } = TimeSpan.FromSeconds(2);

    /// <value>A job that starts later counts as late. Default: what the pool's <c>latency</c> policy promises, else 5 s.</value>
    public TimeSpan? Goal { get; set; }

    /// <value>The time between two decisions. Default 5 s.</value>
    public TimeSpan Interval { get; set; } = TimeSpan.FromSeconds(5);

    /// <value>The age of what a decision sees. Default 1 s.</value>
    public TimeSpan MetricLag { get; set; } = TimeSpan.FromSeconds(1);

    /// <value>Draws arrivals, service times and cold starts; the same seed gives the same trace. Default 1.</value>
    public int Seed { get; set; } = 1;
}

/// <summary>Plays traffic against a pool's policies and limiters in virtual time, with the engine that decides in production.</summary>
public static class ScalingSimulation
{
    /// <summary>Plays until the last job has ended, an hour past the end of the traffic at most. A virtual day takes about a second.</summary>
    /// <param name="pool">The pool, as <c>AddAutoscaler</c> has it.</param>
    /// <param name="arrivals">When jobs come.</param>
    /// <param name="service">How long they run.</param>
    /// <param name="options">What surrounds the pool.</param>
    /// <exception cref="NaqConfigurationException">The pool is wrong: one line a fault, all of them.</exception>
    public static ScalingTrace Run(Action<PoolOptions> pool, Arrivals arrivals, ServiceTime service, SimulationOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(pool);
        ArgumentNullException.ThrowIfNull(arrivals);
        ArgumentNullException.ThrowIfNull(service);
        options ??= new();
        var config = new AutoscalerBuilder { Interval = options.Interval }.Pool("pool", pool).Read(null).Pools[0];
        var profile = Profile(config, service, options);
        var random = new Random(options.Seed);
        var times = arrivals.Draw(random);
        var work = new Workload(times, Workload.Draw(times.Length, profile, options.Seed), arrivals.Seconds);
        var steps = new List<ScalingStep>();
        var simulator = new FleetSimulator(profile, work, options.Seed) { Decided = (seen, answer) => Note(steps, profile.Initial, seen, answer) };
        using var engine = new EngineDecider(config, simulator.Init);
        return Trace(simulator.Run(engine), profile, steps);
    }

    private static SimulationProfile Profile(PoolConfig pool, ServiceTime service, SimulationOptions options)
    {
        var promise = pool.Policies.OfType<LatencyPolicy>().FirstOrDefault();
        return new("test")
        {
            ColdStart = options.ColdStart.TotalSeconds,
            Goal = (options.Goal ?? promise?.Within ?? LatencyPolicy.Default.Within).TotalSeconds,
            Share = promise?.Share ?? LatencyPolicy.Default.Share,
            Interval = options.Interval.TotalSeconds,
            MetricLag = options.MetricLag.TotalSeconds,
            Service = service.Seconds,
            ServiceVariation = service.Variation,
            Law = service.Law,
            Concurrency = pool.Worker.Concurrency,
            Min = pool.Min,
            Max = pool.Max,
            Initial = pool.Min,
        };
    }

    private static void Note(List<ScalingStep> steps, int initial, DeciderObservation seen, DeciderAnswer answer)
    {
        if (answer.Desired != (steps.Count > 0 ? steps[^1].Workers : initial))
        {
            steps.Add(new(TimeSpan.FromSeconds(seen.T), answer.Desired, string.Join(", ", answer.Reasons)));
        }
    }

    private static ScalingTrace Trace(SimulationResult result, SimulationProfile profile, List<ScalingStep> steps)
    {
        int[] workers = [profile.Initial, .. steps.Select(static step => step.Workers)];
        var directions = workers.Zip(workers.Skip(1), static (before, after) => Math.Sign(after - before)).ToList();
        return new()
        {
            Jobs = result.Jobs,
            LateShare = result.Jobs == 0 ? 0 : (double)result.Late / result.Jobs,
            P50Wait = TimeSpan.FromSeconds(result.Wait(0.5)),
            P95Wait = TimeSpan.FromSeconds(result.Wait(0.95)),
            P99Wait = TimeSpan.FromSeconds(result.Wait(0.99)),
            MaxWorkers = result.MostWorkers,
            WorkerTime = TimeSpan.FromSeconds(result.WorkerSeconds),
            Reversals = directions.Zip(directions.Skip(1), static (before, after) => before != after).Count(static isReversal => isReversal),
            Steps = steps,
        };
    }
}
