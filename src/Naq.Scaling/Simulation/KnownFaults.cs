using Naq.Scaling.Configuration;

namespace Naq.Scaling.Simulation;

/// <summary>Faults by name, each an hour after the beginning or all the time.</summary>
internal static class KnownFaults
{
    private const double At = 3600;

    private static readonly SortedDictionary<string, Func<FaultPlan>> Known = new(StringComparer.Ordinal)
    {
        ["none"] = static () => FaultPlan.None,
        ["clock-hour"] = static () => new() { ClockJumpAt = At, ClockJump = 3600 },
        ["clock-hour-back"] = static () => new() { ClockJumpAt = At, ClockJump = -3600 },
        ["clock-day"] = static () => new() { ClockJumpAt = At, ClockJump = 86400 },
        ["clock-day-back"] = static () => new() { ClockJumpAt = At, ClockJump = -86400 },
        ["counters-reset"] = static () => new() { CountersResetAt = At },
        ["crashes"] = static () => new() { MeanLife = 1800 },
        ["failing-attempts"] = static () => new() { FailShare = 0.1 },
        ["gap"] = static () => new() { Gap = (At, At + 1200) },
        ["orders-lost"] = static () => new() { OrdersLost = 0.5 },
        ["quota"] = static () => new() { Quota = 2, QuotaDuring = (At, At + 7200) },
        ["samples-disordered"] = static () => new() { SamplesDisordered = true },
        ["slow-starts"] = static () => new() { ColdStartFactor = 5 },
        ["broken-dependency"] = static () => new() { ThroughputCap = 10, ThroughputCapFrom = At },
    };

    public static IReadOnlyCollection<string> Names => Known.Keys;

    /// <summary>A new plan a run.</summary>
    /// <exception cref="NaqConfigurationException">The fault is not known.</exception>
    public static Func<FaultPlan> Parse(string? name) => Known.TryGetValue(name ?? "none", out var plan)
        ? plan
        : throw new NaqConfigurationException($"Fault '{Printable.Escape(name)}' is not known{SettingsNode.Hint(name!, Known.Keys)}"); // null is none
}
