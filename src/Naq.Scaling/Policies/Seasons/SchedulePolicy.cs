using Cronos;
using Naq.Configuration;
using Naq.Scaling.Observation;

namespace Naq.Scaling.Policies.Seasons;

/// <summary>At least so many workers in windows that are known beforehand; outside of them it asks for nothing.</summary>
/// <param name="Name">Its name; a pool may have several.</param>
/// <param name="Cron">When a window begins.</param>
/// <param name="Until">When it ends; null: after <paramref name="Duration"/>.</param>
/// <param name="Duration">How long a window lasts.</param>
/// <param name="Zone">Whose clock the expressions mean; a skipped hour's window begins after it, a repeated hour's once.</param>
/// <param name="Workers">How many. They are ordered a cold start early.</param>
internal sealed record SchedulePolicy(string Name, CronExpression Cron, CronExpression? Until, TimeSpan Duration, TimeZoneInfo Zone, int Workers)
    : IScalingPolicy
{
    public const string TypeName = "schedule";

    private const double AssumedColdStart = 2;

    public static SchedulePolicy Read(SettingsNode node)
    {
        var duration = node.Duration("Duration") ?? TimeSpan.FromHours(1);
        if (duration < TimeSpan.FromMinutes(1) || duration > TimeSpan.FromDays(7))
        {
            node.Fail("Duration", $"({Quantities.Format(duration)}) is not within 1m to 7d.");
        }

        if (node.Has("Duration") && node.Has("Until"))
        {
            node.Fail("Until", "is there beside Duration. Keep one.");
        }

        var cron = ReadCron(node, "Cron");
        if (cron is null && !node.Has("Cron"))
        {
            node.Fail("Cron", "is missing.");
        }

        return new(
            TypeName, cron ?? CronExpression.Daily, ReadCron(node, "Until"), duration, ReadZone(node), node.RequiredInt("Min", least: 1));
    }

    public TimeSpan HoldDown(Fleet? fleet) => TimeSpan.Zero;

    public (Proposal Proposal, PolicyState? State) Propose(in PolicyInput input, PolicyState? state)
    {
        var now = DateTimeOffset.FromUnixTimeMilliseconds((long)(input.Observation.Epoch * 1000)).UtcDateTime;
        var lead = TimeSpan.FromSeconds(input.Observation.Fleet.Value?.ColdStartSeconds ?? AssumedColdStart);
        var workers = IsOpen(now, lead) ? Workers : 0;
        var numbers = new Dictionary<string, double> { ["workers"] = workers, ["lead_seconds"] = lead.TotalSeconds };
        return (new(Name, (double)workers * input.Concurrency, Reasons.Schedule, numbers), null);
    }

    /// <summary>Says whether a window is open, or opens within the lead.</summary>
    public bool IsOpen(DateTime now, TimeSpan lead)
    {
        if (Until is null)
        {
            return Cron.GetNextOccurrence(now - Duration, Zone) is { } start && start <= now + lead;
        }

        // Begins and ends alternate: it is open where the next end comes before the next beginning.
        var (begin, end) = (Cron.GetNextOccurrence(now, Zone), Until.GetNextOccurrence(now, Zone));
        return begin <= now + lead || (end is { } e && (begin is not { } b || e <= b));
    }

    private static CronExpression? ReadCron(SettingsNode node, string name)
    {
        if (node.String(name) is not { } text)
        {
            return null;
        }

        try
        {
            return CronExpression.Parse(text);
        }
        catch (CronFormatException error)
        {
            node.Fail(name, $"'{Printable.Escape(text)}' is not a cron expression of five fields such as \"0 8 * * 1-5\": {Printable.Escape(error.Message)}");
            return null;
        }
    }

    private static TimeZoneInfo ReadZone(SettingsNode node)
    {
        if (node.String("TimeZone") is not { } id)
        {
            return TimeZoneInfo.Utc;
        }

        if (TimeZoneInfo.TryFindSystemTimeZoneById(id, out var zone))
        {
            return zone;
        }

        node.Fail("TimeZone", $"'{Printable.Escape(id)}' is not known on this machine. Use an IANA name such as \"Europe/Berlin\".");
        return TimeZoneInfo.Utc;
    }
}
