using System.Collections.Frozen;
using Naq.Configuration;
using Naq.Scaling.Limiters;
using Naq.Scaling.Policies;
using Naq.Scaling.Policies.Latency;
using Naq.Scaling.Policies.Seasons;

namespace Naq.Scaling.Pools;

/// <summary>The policies, limiters and provisioners that configuration may name: one line each.</summary>
internal static class KnownNames
{
    public static FrozenDictionary<string, Func<SettingsNode, IScalingPolicy>> Policies { get; } =
        new Dictionary<string, Func<SettingsNode, IScalingPolicy>>
        {
            [LatencyPolicy.TypeName] = LatencyPolicy.Read,
            [ThresholdPolicy.TypeName] = ThresholdPolicy.Read,
            [StaticPolicy.TypeName] = StaticPolicy.Read,
            [BacklogPolicy.TypeName] = BacklogPolicy.Read,
            [BudgetPolicy.TypeName] = BudgetPolicy.Read,
            [SchedulePolicy.TypeName] = SchedulePolicy.Read,
            [PredictivePolicy.TypeName] = PredictivePolicy.Read,
            [ForecastPolicy.TypeName] = ForecastPolicy.Read,
            [SpikePolicy.TypeName] = SpikePolicy.Read,
        }.ToFrozenDictionary();

    public static FrozenDictionary<string, Func<SettingsNode, ILimiter>> Limiters { get; } =
        new Dictionary<string, Func<SettingsNode, ILimiter>>
        {
            [HoldLimiter.TypeName] = HoldLimiter.Read,
            [RateLimiter.TypeName] = RateLimiter.Read,
            [BandLimiter.TypeName] = BandLimiter.Read,
            [QuotaLimiter.TypeName] = QuotaLimiter.Read,
            [MemoryLimiter.TypeName] = MemoryLimiter.Read,
            [BreakerLimiter.TypeName] = BreakerLimiter.Read,
            [CostLimiter.TypeName] = CostLimiter.Read,
        }.ToFrozenDictionary();

    public static FrozenSet<string> Provisioners { get; } = FrozenSet.Create("process");
}
