using Naq.Configuration;

namespace Naq.Scaling.Simulation;

/// <summary>Faults by name, each an hour after the beginning or all the time.</summary>
internal static class KnownFaults
{
    private const double At = 3600;

    private static readonly SortedDictionary<string, FaultPlan> Known = new(StringComparer.Ordinal)
    {
        ["none"] = FaultPlan.None,
        ["clock-hour"] = new() { ClockJumpAt = At, ClockJump = 3600 },
        ["clock-hour-back"] = new() { ClockJumpAt = At, ClockJump = -3600 },
        ["clock-day"] = new() { ClockJumpAt = At, ClockJump = 86400 },
        ["clock-day-back"] = new() { ClockJumpAt = At, ClockJump = -86400 },
        ["counters-reset"] = new() { CountersResetAt = At },
        ["crashes"] = new() { MeanLife = 1800 },
        ["failing-attempts"] = new() { FailShare = 0.1 },
        ["frozen"] = new() { Frozen = (At, At + 1200) },
        ["gap"] = new() { Gap = (At, At + 1200) },
        ["orders-fail"] = new() { OrdersLost = 1, OrdersLostDuring = (At, At + 1800) },
        ["orders-lost"] = new() { OrdersLost = 0.5 },
        ["paused"] = new() { Paused = (At, At + 1800) },
        ["quota"] = new() { Quota = 2, QuotaDuring = (At, At + 7200) },
        ["samples-disordered"] = new() { SamplesDisordered = true },
        ["slow-starts"] = new() { ColdStartFactor = 5 },
        ["broken-dependency"] = new() { ThroughputCap = 10, ThroughputCapFrom = At },
    };

    public static IReadOnlyCollection<string> Names => Known.Keys;

    /// <exception cref="NaqConfigurationException">The fault is not known.</exception>
    public static FaultPlan Parse(string? name) => Known.TryGetValue(name ?? "none", out var plan)
        ? plan
        : throw new NaqConfigurationException($"Fault '{Printable.Escape(name)}' is not known{SettingsNode.Hint(name!, Known.Keys)}"); // null is none
}
