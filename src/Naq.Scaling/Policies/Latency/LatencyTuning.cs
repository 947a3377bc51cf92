namespace Naq.Scaling.Policies.Latency;

/// <summary>How careful <c>latency</c> is: its only knob besides the promise itself.</summary>
internal enum LatencyPreset
{
    /// <summary>Spends a part of the lateness that the promise allows.</summary>
    Normal,

    /// <summary>Spends a tenth of that.</summary>
    Strict,

    /// <summary>As normal, with about half of the actions, for 2 to 8 % more worker-seconds.</summary>
    Calm,
}

/// <summary>The numbers that caution comes to; all of them without dimension.</summary>
/// <param name="Preset">How careful.</param>
/// <param name="Agility">
/// How much of the goal is left once a new worker is there, within [0, 1]. A pool that can put an error right before anybody is late needs
/// less reserve: it plans with a narrower band and spends more of its budget, and its workers, cheap to replace, may stay a little longer.
/// </param>
internal readonly record struct LatencyTuning(LatencyPreset Preset, double Agility)
{
    public static LatencyTuning Of(LatencyPreset preset, double lead, double goal) => new(preset, Math.Clamp(1 - (lead / goal), 0, 1));

    /// <summary>The share of the promise's lateness that is spent by plan.</summary>
    public double BudgetShare => Preset == LatencyPreset.Strict ? 0.03 : 0.2 + (0.45 * Agility);

    /// <summary>Width of the band for noise, in standard deviations.</summary>
    public double Noise => 0.6 * (1 - (0.5 * Agility));

    /// <summary>How far behind an order's readiness the model looks, in planned waits.</summary>
    public double LookBehind => 0.3 * (1 - Agility);

    /// <summary>A worker leaves only if it is not missed for so many of its own returns (cold start and drain).</summary>
    public double BreakEven => (Preset == LatencyPreset.Calm ? 8 : 2) * (1 + (0.75 * Agility));
}
