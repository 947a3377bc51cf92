using BenchmarkDotNet.Attributes;
using Naq.Scaling.Decisions.Deciders;
using Naq.Scaling.Policies.Latency;
using Naq.Scaling.Pools;
using Naq.Scaling.Simulation;

namespace Naq.Benchmarks;

/// <summary>One scaling decision of a pool of 240 workers with <c>latency</c>, and what its engine has kept of the minutes before.</summary>
[MemoryDiagnoser]
[InvocationCount(Decisions)]
public class DecideBenchmarks
{
    private const int Decisions = 64;
    private const int Workers = 240;
    private const int JobsPerSecond = 60;
    private const int Seconds = 600;

    private readonly Recorder _seen = new();
    private PoolConfig _pool = null!; // made by the set-up, as are the others
    private DeciderInit _init = null!;
    private EngineDecider _engine = null!;
    private int _next;

    [GlobalSetup]
    public void Simulate()
    {
        var profile = SimulationProfile.Process with { Max = 1000, Interval = 1, MetricLag = 0.2 };
        var arrivals = Enumerable.Range(0, JobsPerSecond * Seconds).Select(static job => job / (double)JobsPerSecond).ToArray();
        var simulator = new FleetSimulator(profile, new(arrivals, Workload.Draw(arrivals.Length, profile, 1), Seconds), 1);
        _ = simulator.Run(_seen);
        _pool = new() { Name = "bench", Queues = ["bench"], Policies = [new LatencyPolicy(profile.Share, TimeSpan.FromSeconds(profile.Goal))] };
        _init = simulator.Init;
    }

    [IterationSetup]
    public void Remember()
    {
        _engine = new(_pool, _init);
        for (_next = 0; _next < _seen.Observations.Count - Decisions; _next++)
        {
            _ = _engine.Decide(_seen.Observations[_next]);
        }
    }

    [IterationCleanup]
    public void Forget() => _engine.Dispose();

    [Benchmark]
    public int Decide() => _engine.Decide(_seen.Observations[_next++]).Desired;

    private sealed class Recorder : IDecider
    {
        public List<DeciderObservation> Observations { get; } = [];

        public DeciderAnswer Decide(DeciderObservation seen)
        {
            Observations.Add(seen);
            return new(Workers, []);
        }

        public void Dispose()
        {
        }
    }
}
