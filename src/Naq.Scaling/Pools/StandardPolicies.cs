using System.Collections.Immutable;
using Cronos;
using Naq.Configuration;
using Naq.Scaling.Policies;
using Naq.Scaling.Policies.Latency;
using Naq.Scaling.Policies.Seasons;

namespace Naq.Scaling.Pools;

/// <summary>Policies by name, with numbers that suit a promise: for the demo, the simulator and the decision filter.</summary>
internal static class StandardPolicies
{
    /// <summary>The default.</summary>
    public const string Auto = "auto";

    /// <summary>These know only a part of the load: <c>latency</c> runs beside them where nothing else does.</summary>
    private static readonly ImmutableArray<string> Partial =
        [PredictivePolicy.TypeName, ForecastPolicy.TypeName, SpikePolicy.TypeName, SchedulePolicy.TypeName, BudgetPolicy.TypeName];

    /// <summary>All names that are known, presets of <c>latency</c> included.</summary>
    public static ImmutableArray<string> Names { get; } =
        [Auto, LatencyPolicy.TypeName, "strict", "calm", ThresholdPolicy.TypeName, BacklogPolicy.TypeName, StaticPolicy.TypeName, .. Partial];

    /// <summary>Reads names joined by <c>+</c>, with the settings of configuration where wanted: <c>latency:preset=calm+budget:spare=2</c>.</summary>
    /// <param name="text">The names; <c>auto</c> is <c>latency</c>.</param>
    /// <param name="share">The promised share.</param>
    /// <param name="within">A job should start within so long.</param>
    /// <param name="workers">What <c>static</c> and <c>schedule</c> keep.</param>
    /// <exception cref="NaqConfigurationException">A name or a setting is not known or wrong.</exception>
    public static ImmutableArray<IScalingPolicy> Parse(string text, double share, TimeSpan within, int workers)
    {
        var names = text.Split('+', StringSplitOptions.TrimEntries).Distinct().ToList();
        var policies = names.ConvertAll(name => name.Contains(':', StringComparison.Ordinal) ? PolicyText.Read(name, share, within) : Of(name, share, within, workers));
        if (names.TrueForAll(static n => Partial.Contains(n.Split(':')[0])))
        {
            policies.Insert(0, new LatencyPolicy(share, within));
        }

        return [.. policies];
    }

    private static IScalingPolicy Of(string name, double share, TimeSpan within, int workers) => name switch
    {
        Auto or LatencyPolicy.TypeName => new LatencyPolicy(share, within),
        "strict" => new LatencyPolicy(share, within, LatencyPreset.Strict),
        "calm" => new LatencyPolicy(share, within, LatencyPreset.Calm),
        ThresholdPolicy.TypeName => new ThresholdPolicy(Up: 20, Down: 5, Target: 10, Step: null),
        BacklogPolicy.TypeName => new BacklogPolicy(PerWorker: null),
        StaticPolicy.TypeName => new StaticPolicy(workers),
        PredictivePolicy.TypeName => new PredictivePolicy(TimeSpan.FromMinutes(30)),
        ForecastPolicy.TypeName => new ForecastPolicy(TimeSpan.FromMinutes(30)),
        SpikePolicy.TypeName => new SpikePolicy(within),
        SchedulePolicy.TypeName => new SchedulePolicy(
            name, CronExpression.Parse("0 8 * * 1-5"), null, TimeSpan.FromHours(10), TimeZoneInfo.Utc, workers),
        BudgetPolicy.TypeName => new BudgetPolicy(Spare: 0, Percent: 25),
        _ => throw new NaqConfigurationException($"Policy '{Printable.Escape(name)}' is not known{SettingsNode.Hint(name, Names)}"),
    };
}
