using System.Globalization;
using Cronos;
using Naq.Scaling.Policies.Seasons;

namespace Naq.Scaling.Tests.Policies.Seasons;

/// <summary>Windows by the clock of a place, through the days on which it is changed.</summary>
public sealed class SchedulePolicyTests
{
    private static readonly TimeZoneInfo Berlin = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");

    [Theory]
    [InlineData("0 8 * * 1-5", 120, "2026-03-02T06:59:59Z", false)] // a Monday; Berlin is an hour ahead in winter
    [InlineData("0 8 * * 1-5", 120, "2026-03-02T07:00:00Z", true)]
    [InlineData("0 8 * * 1-5", 120, "2026-03-02T08:59:59Z", true)]
    [InlineData("0 8 * * 1-5", 120, "2026-03-02T09:00:01Z", false)]
    [InlineData("0 8 * * 1-5", 120, "2026-03-01T07:30:00Z", false)] // a Sunday
    [InlineData("0 8 * * 1-5", 120, "2026-07-06T06:00:00Z", true)] // two hours ahead in summer
    [InlineData("30 2 * * *", 60, "2026-03-29T00:59:59Z", false)] // 02:30 is skipped: the window begins at 03:00
    [InlineData("30 2 * * *", 60, "2026-03-29T01:00:00Z", true)]
    [InlineData("30 2 * * *", 20, "2026-10-25T00:35:00Z", true)] // 02:30 comes twice: the window opens once
    [InlineData("30 2 * * *", 20, "2026-10-25T01:35:00Z", false)]
    [InlineData("0 0 29 2 *", 60, "2028-02-28T23:30:00Z", true)]
    [InlineData("0 0 29 2 *", 60, "2027-02-28T23:30:00Z", false)]
    public void A_window_is_open_from_its_beginning_for_its_duration(string cron, int minutes, string now, bool isOpen)
    {
        var policy = new SchedulePolicy("schedule", CronExpression.Parse(cron), null, TimeSpan.FromMinutes(minutes), Berlin, 10);

        Assert.Equal(isOpen, policy.IsOpen(At(now), TimeSpan.Zero));
    }

    [Theory]
    [InlineData("2026-03-02T07:59:00Z", false)]
    [InlineData("2026-03-02T08:00:01Z", true)]
    [InlineData("2026-03-02T17:59:00Z", true)]
    [InlineData("2026-03-02T18:00:01Z", false)]
    public void A_window_may_end_by_an_expression(string now, bool isOpen)
    {
        var policy = new SchedulePolicy(
            "schedule", CronExpression.Parse("0 8 * * 1-5"), CronExpression.Parse("0 18 * * 1-5"), TimeSpan.Zero, TimeZoneInfo.Utc, 10);

        Assert.Equal(isOpen, policy.IsOpen(At(now), TimeSpan.Zero));
    }

    [Fact]
    public void Workers_are_ordered_a_cold_start_early()
    {
        var policy = new SchedulePolicy("schedule", CronExpression.Parse("0 8 * * *"), null, TimeSpan.FromHours(1), TimeZoneInfo.Utc, 10);

        Assert.False(policy.IsOpen(At("2026-03-02T07:57:59Z"), TimeSpan.FromMinutes(2)));
        Assert.True(policy.IsOpen(At("2026-03-02T07:58:00Z"), TimeSpan.FromMinutes(2)));
    }

    private static DateTime At(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture).UtcDateTime;
}
