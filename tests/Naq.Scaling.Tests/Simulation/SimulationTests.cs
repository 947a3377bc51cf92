using Naq.Scaling.Decisions.Deciders;
using Naq.Scaling.Simulation;
using Naq.Scaling.Simulation.Baselines;
using Naq.Scaling.Traffic;

namespace Naq.Scaling.Tests.Simulation;

/// <summary>The simulator against arithmetic that can be done by hand, and the default policy against what it has reached.</summary>
public sealed class SimulationTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public void One_slot_serves_equal_jobs_one_after_another()
    {
        var profile = SimulationProfile.Process with { Law = ServiceLaw.Fixed, Service = 10, Initial = 1, Max = 1 };
        var work = new Workload([0, 0, 0, 100], [10, 10, 10, 10], 200);

        var result = Run(profile, work, "static:1");

        Assert.Equal([0, 0, 10, 20], result.Waits);
        Assert.Equal((4, 1, 200), (result.Jobs, result.Late, result.WorkerSeconds));
        Assert.Equal(200, result.Floor);
    }

    [Fact]
    public void A_released_worker_is_paid_until_its_last_job_ends()
    {
        var profile = SimulationProfile.Process with { Law = ServiceLaw.Fixed, Initial = 2, Max = 2, Min = 0 };
        var work = new Workload([0, 1], [50, 30], 100);

        var result = Run(profile, work, (_, _) => new Falling(0));

        Assert.Equal(50 + 31, result.WorkerSeconds, 6);
        Assert.Equal(0, result.Late);
    }

    [Theory]
    [InlineData("hpa:1", 100, 90, 20)] // 190 wished: twice the ten at most
    [InlineData("hpa:10", 100, 5, 10)] // 105 of 100: within a tenth
    [InlineData("hpa:10", 100, 50, 15)]
    [InlineData("hpa:10", 0, 10, 10)] // fewer are wished: five minutes of the first wish count
    [InlineData("hpa-depth:10", 150, 900, 15)] // what runs does not count
    [InlineData("keda:5", 50, 30, 16)]
    [InlineData("knative:1", 15, 1, 16)]
    [InlineData("knative:0.5", 5, 1, 12)]
    [InlineData("knative:1", 0, 1, 5)] // half down at a time
    [InlineData("judoscale:5", 1, 1, 11)] // the oldest waits for 20 s
    [InlineData("example-threshold:20", 21, 1, 11)]
    [InlineData("example-threshold:20", 4, 1, 9)]
    [InlineData("static:7", 100, 1, 7)]
    public void A_baseline_answers_as_its_documentation_says(string name, int waiting, int running, int expected)
    {
        var init = new DeciderInit { SloWaitS = 10, Concurrency = 1 };
        using var decider = BaselineNames.Parse(name)(init, new Workload([], [], 1));
        var seen = new DeciderObservation { SampledAt = 14, Desired = 10, WorkersReady = 10, QueueDepth = waiting, InFlight = running, OldestAge = 20 };
        if (name == "hpa:10")
        {
            _ = decider.Decide(seen with { QueueDepth = 90, InFlight = 10 });
        }

        Assert.Equal(expected, decider.Decide(seen with { T = 15 }).Desired);
    }

    [Theory]
    [InlineData("constant:rate=5,for=1h", 18_000, 18_000)]
    [InlineData("poisson:rate=5,for=1h", 17_300, 18_700)]
    [InlineData("step:from=1,to=10,at=10m,back=20m,for=1h", 8_500, 9_500)]
    [InlineData("ramp:from=0,to=10,over=1h,for=1h", 17_000, 19_000)]
    [InlineData("sine:mean=5,peak=10,period=1h,for=1h", 17_300, 18_700)]
    [InlineData("bursts:rate=1,factor=16,every=10m,lasting=1m,for=4h", 20_000, 50_000)]
    [InlineData("cron:rate=0.1,jobs=360,every=10m,for=1h", 2_300, 2_750)]
    [InlineData("mmpp:low=1,high=10,stay=2m,for=10h", 150_000, 250_000)]
    public void A_shape_has_its_jobs_and_the_same_for_the_same_seed(string text, int least, int most)
    {
        var shape = Shape.Parse(text);

        Assert.InRange(shape.Draw(4).Played.Sum(), least, most);
        Assert.Equal(shape.Draw(4).Played, shape.Draw(4).Played);
        Assert.True(shape.Name == "constant" || !shape.Draw(4).Played.SequenceEqual(shape.Draw(5).Played));
    }

    [Fact]
    public void Constant_arrivals_have_equal_gaps()
    {
        var arrivals = Shape.Parse("constant:rate=5,for=10m").Draw(4).Arrivals(new(1));

        Assert.All(arrivals.Zip(arrivals.Skip(1)), static pair => Assert.Equal(0.2, pair.Second - pair.First, 9));
    }

    /// <summary>All seven traces; where it misses, it is the trace whose bursts nobody can foretell.</summary>
    [Theory]
    [InlineData("process", 1.22)]
    [InlineData("container", 1.48)]
    [InlineData("node", 1.48)]
    public void Latency_keeps_what_it_has_reached(string name, double mostCost)
    {
        var profile = SimulationProfile.All.First(p => p.Name == name);
        var us = new Contestant("latency", static (init, _) => new EngineDecider(A.Pool(new LatencyPolicy(init.SloTarget, TimeSpan.FromSeconds(init.SloWaitS))), init));
        var results = ArrivalTraces.Names
            .Select(trace => Contest.Play([us], _ => ArrivalTraces.Load(trace), profile, [4], FaultPlan.None, Ct)[0]).ToList();
        TestContext.Current.TestOutputHelper?.WriteLine(string.Join(' ', results.Select(static r => FormattableString.Invariant($"{r.Trace} {r.LatePercent:0.00} {r.Cost:0.00};"))));

        Assert.InRange(Math.Exp(results.Average(static r => Math.Log(r.Cost))), 1, mostCost);
        Assert.All(results.Where(static r => r.Trace != "azure_llm_code"), static r => Assert.InRange(r.LatePercent, 0, 1));
    }

    [Fact]
    public void Told_the_true_arrivals_it_costs_less()
    {
        var profile = SimulationProfile.Container;
        var results = Contest.Play(
            [new("latency", static (init, _) => new EngineDecider(A.Pool(new LatencyPolicy(0.99, TimeSpan.FromSeconds(init.SloWaitS))), init)), new("clairvoyant", BaselineNames.Parse("clairvoyant"))],
            static _ => ArrivalTraces.Load("synthetic_step"), profile, [4], FaultPlan.None, Ct);

        Assert.True(results[1].Cost < results[0].Cost, $"{results[1].Cost:0.000} and {results[0].Cost:0.000}");
        Assert.InRange(results[1].LatePercent, 0, 0.1);
    }

    [Theory]
    [InlineData("echo no such module >&2; exit 3", "ended: no such module.")]
    [InlineData("read line; echo {}; read line; echo out of cheese >&2; exit 1", "ended: out of cheese.")]
    [InlineData("read line; echo hello; read line", "answered hello.")]
    [InlineData("read line; echo []; read line", "answered [].")]
    [InlineData("read line; echo \"{\\\"error\\\":\\\"no\\\"}\"; read line", "refused the pool: no.")]
    [InlineData("read line; echo {}; read line; echo {}; read line", "answered {}.")]
    [InlineData("read line; echo {}; read line; echo \"{\\\"desired\\\":-1}\"; read line", "answered {\"desired\":-1}.")]
    [InlineData("read line; echo {}; read line; read line", "did not answer for 300ms.")]
    public void A_program_that_dies_or_talks_nonsense_is_one_line_with_its_last_words(string script, string expected)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs a POSIX shell");
        var error = Assert.Throws<NaqConfigurationException>(() =>
        {
            using var decider = new ProcessDecider($"sh -c '{script}'", new(), TimeSpan.FromMilliseconds(300));
            _ = decider.Decide(new() { Desired = 1 });
        });

        Assert.EndsWith(expected, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    /// <summary>Less than 0.3 s on two cores; the bound leaves room for a machine that does other things too.</summary>
    [Fact]
    public void A_day_of_a_hundred_thousand_jobs_takes_a_moment()
    {
        var profile = SimulationProfile.Process;
        var work = Workload.Of(Shape.Parse("sine:mean=1.2,peak=2.4,for=1d").Draw(4), profile, 4);
        var start = TimeProvider.System.GetTimestamp();

        var result = Run(profile, work, static (init, _) => new EngineDecider(A.Pool(new LatencyPolicy(0.99, TimeSpan.FromSeconds(init.SloWaitS))), init));

        TestContext.Current.TestOutputHelper?.WriteLine($"{result.Jobs} jobs in {TimeProvider.System.GetElapsedTime(start).TotalSeconds:0.000} s");
        Assert.InRange(result.Jobs, 100_000, 110_000);
        Assert.InRange(TimeProvider.System.GetElapsedTime(start), TimeSpan.Zero, TimeSpan.FromSeconds(5));
    }

    private static SimulationResult Run(SimulationProfile profile, Workload work, string baseline) => Run(profile, work, BaselineNames.Parse(baseline));

    private static SimulationResult Run(SimulationProfile profile, Workload work, Func<DeciderInit, Workload, IDecider> make)
    {
        var simulator = new FleetSimulator(profile, work, 4);
        using var decider = make(simulator.Init, work);
        return simulator.Run(decider);
    }

    /// <summary>Wants a fixed number from the first decision on.</summary>
    private sealed class Falling(int to) : IDecider
    {
        public DeciderAnswer Decide(DeciderObservation seen) => new(to, []);

        public void Dispose()
        {
        }
    }
}
