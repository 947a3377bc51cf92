using Naq.Scaling.Pools;
using Naq.Scaling.Simulation.Baselines;
using Naq.Scaling.Traffic;

namespace Naq.Scaling.Simulation;

/// <summary>What the suite says of one trace and profile.</summary>
/// <param name="Trace">The trace.</param>
/// <param name="Profile">The profile.</param>
/// <param name="DominatedBy">Rivals that are at least as punctual (up to 1 % late counts as punctual) and cheaper.</param>
/// <param name="CheaperThanKnative">Than Knative at full utilisation.</param>
internal sealed record SuiteVerdict(string Trace, string Profile, IReadOnlyList<string> DominatedBy, bool CheaperThanKnative);

/// <summary>All results, and what they come to.</summary>
internal sealed record SuiteResult(IReadOnlyList<ContestResult> Results, IReadOnlyList<SuiteVerdict> Verdicts);

/// <summary>Every embedded trace in every profile: <c>latency</c> beside HPA, KEDA and Knative over their settings.</summary>
internal static class Suite
{
    public const string Ours = "latency";

    /// <summary>The rivals and their settings, for people.</summary>
    public const string RivalsInWords =
        "HPA at 0.7, 1, 1.5, 2, 4 and 8 open jobs a slot with five and with one minute of stabilisation, KEDA at 1, 5 and 10 jobs a worker, and Knative at 0.7, 0.8 and 1";

    private const string Measure = "knative:1";
    private const double Met = 1;

    private static readonly string[] Hpa = ["hpa", "hpa-60"];
    private static readonly double[] HpaPerSlot = [0.7, 1, 1.5, 2, 4, 8];
    private static readonly string[] KedaAndKnative = ["keda:1", "keda:5", "keda:10", "knative:0.7", "knative:0.8", Measure];

    /// <summary>The rivals of a profile.</summary>
    public static IReadOnlyList<string> Rivals(SimulationProfile profile) =>
    [
        .. HpaPerSlot.SelectMany(static _ => Hpa, (perSlot, name) => FormattableString.Invariant($"{name}:{perSlot * profile.Concurrency:0.##}")),
        .. KedaAndKnative,
    ];

    public static SuiteResult Run(IReadOnlyList<int> seeds, CancellationToken ct)
    {
        var pairs = ArrivalTraces.Names.SelectMany(_ => SimulationProfile.All, static (name, profile) => (Name: name, Profile: profile)).ToList();
        var results = new IReadOnlyList<ContestResult>[pairs.Count];
        _ = Parallel.For(0, pairs.Count, new ParallelOptions { CancellationToken = ct, MaxDegreeOfParallelism = Environment.ProcessorCount }, index =>
        {
            var (trace, profile) = (ArrivalTraces.Load(pairs[index].Name), pairs[index].Profile);
            results[index] = Contest.Play([Us(profile), .. Rivals(profile).Select(Rival)], _ => trace, profile, seeds, FaultPlan.None, ct);
        });
        return new([.. results.SelectMany(static r => r)], [.. results.Select(Judge)]);
    }

    private static Contestant Us(SimulationProfile profile) => new(Ours, (init, _) => new Decisions.Deciders.EngineDecider(
        new PoolConfig
        {
            Name = "pool", Queues = ["pool"], Policies = StandardPolicies.Parse(Ours, profile.Share, TimeSpan.FromSeconds(profile.Goal), 1),
        },
        init));

    private static Contestant Rival(string name) => new(name, BaselineNames.Parse(name));

    /// <summary>Compares the first of the results with the others.</summary>
    public static SuiteVerdict Judge(IReadOnlyList<ContestResult> results)
    {
        var ours = results[0];
        var punctual = Math.Max(Met, ours.LatePercent);
        return new(
            ours.Trace,
            ours.Profile,
            [.. results.Skip(1).Where(r => r.LatePercent <= punctual && r.Cost < ours.Cost).Select(static r => r.Policy)],
            ours.Cost < results.First(static r => r.Policy == Measure).Cost);
    }
}
