namespace Naq.Scaling.Policies;

/// <summary>The stable codes of why a number was proposed or changed. On the wire: never renamed.</summary>
internal static class Reasons
{
    public const string Deadline = "deadline";
    public const string Occupancy = "occupancy";
    public const string Panic = "panic";
    public const string StartUp = "start_up";
    public const string Threshold = "threshold";
    public const string Static = "static";
    public const string BreakEven = "break_even";
    public const string Spike = "spike";
    public const string Backlog = "backlog";
    public const string Budget = "budget";
    public const string Schedule = "schedule";
    public const string Season = "season";
    public const string Predictive = "predictive";
    public const string Breaker = "breaker";
    public const string Band = "band";
    public const string Quota = "quota";
    public const string Memory = "memory";
    public const string Cost = "cost";
    public const string Owner = "owner";
    public const string Hold = "hold";
    public const string Rate = "rate";
    public const string MetricGap = "metric_gap";
    public const string ClampMin = "clamp_min";
    public const string ClampMax = "clamp_max";
}
