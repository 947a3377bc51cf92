using System.Text.Json.Nodes;
using Naq.Scaling.Limiters;
using Naq.Scaling.Policies;

namespace Naq;

/// <summary>A policy or a limiter of a pool, by its name in configuration. Made by <see cref="Scale"/>; what is wrong with it is said when the host starts.</summary>
public sealed class ScalingRule
{
    internal ScalingRule(string type, params ReadOnlySpan<(string Name, JsonNode? Value)> settings)
    {
        (Type, Settings) = (type, new() { [nameof(Type)] = type });
        foreach (var (name, value) in settings)
        {
            if (value is not null)
            {
                Settings[name] = value;
            }
        }
    }

    internal ScalingRule(IScalingPolicy policy) : this(policy.Name) => Policy = policy;

    internal ScalingRule(ILimiter limiter) : this(limiter.Name) => Limiter = limiter;

    /// <summary>Its name in configuration.</summary>
    internal string Type { get; }

    internal JsonObject Settings { get; }

    /// <summary>One from outside of Naq; null: it is Naq's own, or a limiter.</summary>
    internal IScalingPolicy? Policy { get; }

    /// <summary>One from outside of Naq; null: it is Naq's own, or a policy.</summary>
    internal ILimiter? Limiter { get; }
}

/// <summary>Policies, which say how many workers a pool needs, and limiters, which hold that back. The same as in <c>naq.json</c>, with the same defaults: docs/scaling.md.</summary>
public static class Scale
{
    /// <summary>The fewest workers at which a share of all jobs starts in time.</summary>
    /// <param name="within">The time in which jobs shall start. Default 5 s.</param>
    /// <param name="share">Of all jobs, above 0 and at most 0.9999. Default 0.99.</param>
    /// <param name="preset"><c>strict</c>, <c>normal</c> or <c>calm</c>. Default <c>normal</c>.</param>
    public static ScalingRule Latency(TimeSpan? within = null, double? share = null, string? preset = null) =>
        new("latency", ("Within", Text(within)), ("Share", share), ("Preset", preset));

    /// <summary>So many ready and running jobs a worker, as HPA and KEDA count.</summary>
    /// <param name="perWorker">Default: the worker's slots.</param>
    /// <param name="tolerance">By how much the ratio may differ before anything changes, 0 to 1. Default 0.1.</param>
    public static ScalingRule Backlog(double? perWorker = null, double? tolerance = null) => new("backlog", ("PerWorker", perWorker), ("Tolerance", tolerance));

    /// <summary>A step up above one backlog, a worker less below another.</summary>
    public static ScalingRule Threshold(int up, int down, int? target = null, int? step = null) =>
        new("threshold", ("Up", up), ("Down", down), ("Target", target), ("Step", step));

    /// <summary>What the same hour of the same weekday has needed.</summary>
    public static ScalingRule Predictive(TimeSpan? lookahead = null) => new("predictive", ("Lookahead", Text(lookahead)));

    /// <summary>What the best of several forecasts expects, where it has proven better than none.</summary>
    public static ScalingRule Forecast(TimeSpan? lookahead = null) => new("forecast", ("Lookahead", Text(lookahead)));

    /// <summary>Workers before a burst that recurs.</summary>
    public static ScalingRule Spike(TimeSpan? within = null) => new("spike", ("Within", Text(within)));

    /// <summary>At least so many workers from each time that <paramref name="cron"/> names.</summary>
    /// <param name="cron">Five fields.</param>
    /// <param name="min">Workers.</param>
    /// <param name="duration">For how long. Default 1 h.</param>
    /// <param name="timeZone">The zone of the times, such as <c>Europe/Berlin</c>. Default UTC.</param>
    public static ScalingRule Schedule(string cron, int min, TimeSpan? duration = null, string? timeZone = null) =>
        new("schedule", ("Cron", cron), ("Min", min), ("Duration", Text(duration)), ("TimeZone", timeZone));

    /// <summary>Head-room for bursts that nobody can foresee, beyond what runs.</summary>
    /// <param name="spare">Slots that are always free.</param>
    /// <param name="percent">Of what runs.</param>
    public static ScalingRule Budget(int? spare = null, double? percent = null) => new("budget", ("Spare", spare), ("Percent", percent));

    /// <summary>Always so many workers.</summary>
    public static ScalingRule Static(int workers) => new("static", ("Workers", workers));

    /// <summary>A lower wish must last so long, a higher one likewise.</summary>
    public static ScalingRule Hold(TimeSpan? down = null, TimeSpan? up = null) => new("hold", ("Down", Text(down)), ("Up", Text(up)));

    /// <summary>Wishes that differ so little from what runs change nothing.</summary>
    public static ScalingRule Band(double? percent = null, int? workers = null) => new("band", ("Percent", percent), ("Workers", workers));

    /// <summary>No more workers than this over all pools that name the same quota.</summary>
    public static ScalingRule Quota(int workers, string? name = null) => new("quota", ("Workers", workers), ("Name", name));

    /// <summary>Workers only as far as memory reaches, by what they were measured to use.</summary>
    /// <param name="budgetBytes">Default: what this machine or its control group has.</param>
    /// <param name="threshold">The share of it that may be used. Default 0.8.</param>
    /// <param name="buffer">A new worker is counted so many times. Default 1.2.</param>
    public static ScalingRule Memory(long? budgetBytes = null, double? threshold = null, double? buffer = null) =>
        new("memory", ("Budget", budgetBytes), ("Threshold", threshold), ("Buffer", buffer));

    /// <summary>No growth into jobs that fail.</summary>
    public static ScalingRule Breaker(double? failureRate = null, TimeSpan? window = null) => new("breaker", ("FailureRate", failureRate), ("Window", Text(window)));

    /// <summary>No more worker-hours a day than money allows.</summary>
    public static ScalingRule Cost(double price, double perDay, string? currency = null) => new("cost", ("Price", price), ("PerDay", perDay), ("Currency", currency));

    /// <summary>A policy of your own: docs/extending.md.</summary>
    public static ScalingRule Policy(IScalingPolicy policy)
    {
        ArgumentNullException.ThrowIfNull(policy);
        return new(policy);
    }

    /// <summary>A limiter of your own: docs/extending.md.</summary>
    public static ScalingRule Limiter(ILimiter limiter)
    {
        ArgumentNullException.ThrowIfNull(limiter);
        return new(limiter);
    }

    private static JsonValue? Text(TimeSpan? time) => time is { } duration ? JsonValue.Create(duration.TotalSeconds) : null;
}
