using Naq.Scaling.Decisions.Deciders;
using Naq.Scaling.Limiters;
using Naq.Scaling.Policies;
using Naq.Scaling.Simulation;
using Naq.Scaling.Simulation.Baselines;
using Naq.Scaling.Traffic;

namespace Naq.Scaling.Tests.Simulation;

/// <summary>Twelve hours of about twenty busy slots, and what goes wrong in them; each figure is a share of late jobs in percent or a number of workers.</summary>
public sealed class FaultTests
{
    private const double Hour = 3600;

    private static readonly Shape Traffic = Shape.Parse("sine:mean=5,peak=7,period=12h,for=12h");

    public static TheoryData<string, double> Faults => new()
    {
        { "none", 0.6 },
        { "clock-hour", 0.6 },
        { "clock-hour-back", 0.6 },
        { "clock-day", 0.6 },
        { "clock-day-back", 0.6 },
        { "counters-reset", 0.6 },
        { "crashes", 1 },
        { "failing-attempts", 0.6 },
        { "frozen", 0.6 },
        { "gap", 1.2 },
        { "orders-lost", 0.6 },
        { "samples-disordered", 0.6 },
        { "slow-starts", 1 },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public void A_fault_makes_few_jobs_late_and_orders_no_crowd(string fault, double mostLate)
    {
        var results = Seeds().Select(seed => Run(seed, KnownFaults.Parse(fault))).ToList();
        Note(fault, results);

        Assert.InRange(results.Average(static r => r.LatePercent), 0, mostLate);
        Assert.InRange(results.Max(static r => r.MostWorkers), 20, 90);
        Assert.InRange(results.Average(static r => r.Cost), 1, fault is "crashes" or "failing-attempts" ? 1.35 : 1.25);
    }

    [Fact]
    public void A_clock_that_jumps_changes_no_decision()
    {
        var answers = KnownFaults.Names.Where(static name => name is "none" || name.StartsWith("clock", StringComparison.Ordinal))
            .Select(fault => Answers(4, KnownFaults.Parse(fault))).ToList();

        Assert.Equal(5, answers.Count);
        Assert.All(answers, others => Assert.Equal(answers[0], others));
    }

    /// <summary>What came in the outage, a 24th of all, is late before anybody can see it; the rest must not be, nor the fleet stay.</summary>
    [Fact]
    public void After_an_outage_only_its_own_herd_is_late_and_the_fleet_is_small_again_in_half_an_hour()
    {
        foreach (var seed in Seeds())
        {
            var after = 0;
            var result = Run(seed, FaultPlan.None, static work => work.With(static at => at is >= 2 * Hour and < 2.5 * Hour ? 2.5 * Hour : at), (seen, answer) =>
                after = seen.T is >= 3 * Hour and < 3.5 * Hour ? Math.Max(after, answer.Desired) : after);
            Note("outage", [result]);

            Assert.InRange(result.LatePercent, 0, 4.6);
            Assert.InRange(after, 10, 60);
            Assert.InRange(result.Cost, 1, 1.05);
        }
    }

    /// <summary>Without new workers the backlog asks for all there may be; a paused queue demands nothing. What came meanwhile, a 24th of all, may be late.</summary>
    [Theory]
    [InlineData("orders-fail", 100)]
    [InlineData("paused", 25)]
    public void Half_an_hour_without_new_workers_or_without_a_queue_is_made_up_for_and_forgotten(string fault, int mostDuring)
    {
        foreach (var seed in Seeds())
        {
            var (during, after) = (0, 0);
            var result = Run(seed, KnownFaults.Parse(fault), decided: (seen, answer) =>
            {
                during = seen.T is >= Hour and < 1.5 * Hour ? Math.Max(during, answer.Desired) : during;
                after = seen.T is >= 2 * Hour and < 3 * Hour ? Math.Max(after, answer.Desired) : after;
            });
            Note($"{fault} {during} {after}", [result]);

            Assert.InRange(result.LatePercent, 0, 4.6);
            Assert.InRange(during, 5, mostDuring);
            Assert.InRange(after, 5, 60);
            Assert.InRange(result.Cost, 1, 1.05);
        }
    }

    /// <summary>Hourly batches are foretold by the calendar, which a clock that jumps must not move.</summary>
    [Fact]
    public void A_clock_that_jumps_moves_no_foretold_batch()
    {
        var hourly = Shape.Parse("cron:rate=0.1,jobs=360,every=1h,for=12h,history=12h");
        var answers = KnownFaults.Names.Where(static name => name is "none" || name.StartsWith("clock", StringComparison.Ordinal))
            .Select(fault => Answers(4, KnownFaults.Parse(fault), hourly)).ToList();

        Assert.Contains(answers[0], static desired => desired > 20);
        Assert.All(answers, others => Assert.Equal(answers[0], others));
    }

    [Fact]
    public void A_quota_is_asked_for_patiently_and_made_up_for_afterwards()
    {
        var orders = new List<int>();
        var result = Run(4, new() { Quota = 2, QuotaDuring = (0, 2 * Hour) }, decided: (seen, answer) => orders.Add(answer.Desired - seen.Desired));
        Note("quota", [result]);

        Assert.InRange(result.MostWorkers, 20, 100);
        Assert.InRange(result.LatePercent, 0, 40);
        Assert.True(orders.Skip((int)(5 * Hour / 5)).All(static change => Math.Abs(change) < 40));
    }

    [Fact]
    public void Workers_that_are_all_stuck_are_not_met_with_a_crowd()
    {
        // From the second hour on nothing ends for an hour.
        var (most, before) = (0, 0);
        _ = Run(4, FaultPlan.None, static work => work.With(services: static (at, service) => at is >= 2 * Hour and < 3 * Hour ? (3 * Hour) - at + service : service), (seen, answer) =>
        {
            before = seen.T < 2 * Hour ? Math.Max(before, seen.Desired) : before;
            most = seen.T is > 2 * Hour and < 3 * Hour ? Math.Max(most, answer.Desired) : most;
        });

        Assert.InRange(most, 1, 2 * before + 1);
    }

    [Fact]
    public void A_poison_job_keeps_one_worker_and_counts_as_no_capacity()
    {
        var results = Seeds().Select(seed => Run(seed, FaultPlan.None, static work => Poison(work, 1000))).ToList();
        Note("poison", results);

        Assert.InRange(results.Average(static r => r.LatePercent), 0, 0.6);
        Assert.InRange(results.Max(static r => r.MostWorkers), 20, 75);
    }

    [Fact]
    public void Jobs_of_two_kinds_are_in_time()
    {
        var results = Seeds().Select(static seed => Run(seed, FaultPlan.None, profile: SimulationProfile.Process with { Law = ServiceLaw.Bimodal })).ToList();
        Note("bimodal", results);

        Assert.InRange(results.Average(static r => r.LatePercent), 0, 0.8);
    }

    [Fact]
    public void Jobs_of_two_minutes_are_in_time()
    {
        var slow = Shape.Parse("sine:mean=0.2,peak=0.3,period=12h,for=12h");
        var results = Seeds().Select(seed => Run(seed, FaultPlan.None, profile: SimulationProfile.Process with { Service = 120 }, shape: slow)).ToList();
        Note("S = 120", results);

        Assert.InRange(results.Average(static r => r.LatePercent), 0, 1);
    }

    [Fact]
    public void A_pool_that_rests_at_zero_starts_for_each_job()
    {
        var rare = Shape.Parse("poisson:rate=0.0005,for=12h");
        var result = Run(4, FaultPlan.None, profile: SimulationProfile.Process with { Min = 0, Initial = 0 }, shape: rare);

        Assert.InRange(result.Jobs, 10, 40);
        Assert.Equal(0, result.Late);
        Assert.InRange(result.MostWorkers, 1, 3);
    }

    /// <summary>Ten jobs at once are all that the dependency can do: without a breaker the pool grows to its maximum for nothing.</summary>
    [Fact]
    public void Behind_a_broken_dependency_a_breaker_stops_growth()
    {
        var (without, with) = (Broken([]), Broken([new BreakerLimiter(0.5, TimeSpan.FromMinutes(5))]));
        Note("no breaker", [without]);
        Note("breaker", [with]);

        Assert.Equal(100, without.MostWorkers);
        Assert.InRange(with.WorkerSeconds, 1, 0.6 * without.WorkerSeconds);
    }

    private static SimulationResult Broken(ILimiter[] limiters)
    {
        var profile = SimulationProfile.Process;
        var pool = A.Pool(new LatencyPolicy(profile.Share, TimeSpan.FromSeconds(profile.Goal)), limiters: limiters);
        return Play(4, new() { ThroughputCap = 10, ThroughputCapFrom = 2 * Hour }, Workload.Of(Traffic.Draw(4), profile, 4), profile, (init, _) => new EngineDecider(pool, init), null);
    }

    /// <summary>Five jobs a second in equal gaps, of equal length.</summary>
    [Theory]
    [InlineData("process", 25)]
    [InlineData("container", 3)]
    [InlineData("node", 3)]
    public void Constant_load_makes_few_actions(string name, double most)
    {
        var profile = SimulationProfile.All.First(p => p.Name == name) with { Law = ServiceLaw.Fixed };
        var (actions, hours) = (0, 0.0);
        _ = Run(4, FaultPlan.None, profile: profile, shape: Shape.Parse("constant:rate=5,for=12h"), preset: LatencyPreset.Calm, decided: (seen, answer) =>
        {
            actions += seen.T is > 900 and <= 12 * Hour && answer.Desired != seen.Desired ? 1 : 0;
            hours = Math.Max(hours, Math.Min(seen.T, 12 * Hour) / Hour);
        });
        TestContext.Current.TestOutputHelper?.WriteLine($"{name} {actions / (hours - 0.25):0.00} actions/h");

        Assert.InRange(actions / (hours - 0.25), 0, most);
    }

    [Theory]
    [InlineData("process", "Calm")]
    [InlineData("container", "Normal")]
    [InlineData("node", "Normal")]
    public void Poisson_arrivals_make_fewer_actions_than_with_knative(string name, string preset)
    {
        var (profile, shape) = (SimulationProfile.All.First(p => p.Name == name), Shape.Parse("poisson:rate=5,for=12h"));

        var ours = Run(4, FaultPlan.None, profile: profile, shape: shape, preset: Enum.Parse<LatencyPreset>(preset));
        var knative = Play(4, FaultPlan.None, Workload.Of(shape.Draw(4), profile, 4), profile, static (init, work) => BaselineNames.Parse("knative:1")(init, work), null);
        TestContext.Current.TestOutputHelper?.WriteLine($"{name} {ours.ActionsPerHour:0} {knative.ActionsPerHour:0}");

        Assert.True(ours.ActionsPerHour < knative.ActionsPerHour, $"{ours.ActionsPerHour:0} and {knative.ActionsPerHour:0} an hour");
    }

    private static Workload Poison(Workload work, int index)
    {
        var poisoned = work.Arrivals[index];
        return work.With(services: (at, service) => at == poisoned ? 10 * Hour : service);
    }

    private static IEnumerable<int> Seeds() => [4, 5, 6];

    private static List<int> Answers(int seed, FaultPlan faults, Shape? shape = null)
    {
        var answers = new List<int>();
        _ = Run(seed, faults, shape: shape, decided: (_, answer) => answers.Add(answer.Desired));
        return answers;
    }

    private static SimulationResult Run(
        int seed, FaultPlan faults, Func<Workload, Workload>? change = null, Action<DeciderObservation, DeciderAnswer>? decided = null,
        SimulationProfile? profile = null, Shape? shape = null, LatencyPreset preset = LatencyPreset.Normal)
    {
        profile ??= SimulationProfile.Process;
        var work = Workload.Of((shape ?? Traffic).Draw(seed), profile, seed);
        IScalingPolicy policy = new LatencyPolicy(profile.Share, TimeSpan.FromSeconds(profile.Goal), preset);
        return Play(seed, faults, change is null ? work : change(work), profile, (init, _) => new EngineDecider(A.Pool(policy), init), decided);
    }

    private static SimulationResult Play(
        int seed, FaultPlan faults, Workload work, SimulationProfile profile, Func<DeciderInit, Workload, IDecider> make,
        Action<DeciderObservation, DeciderAnswer>? decided)
    {
        var simulator = new FleetSimulator(profile, work, seed) { Faults = faults, Decided = decided };
        using var decider = make(simulator.Init, work);
        return simulator.Run(decider);
    }

    private static void Note(string fault, IReadOnlyCollection<SimulationResult> results) => TestContext.Current.TestOutputHelper?.WriteLine(
        $"{fault,-20} late {results.Average(static r => r.LatePercent):0.00} % cost {results.Average(static r => r.Cost):0.000} most {results.Max(static r => r.MostWorkers)}");
}
