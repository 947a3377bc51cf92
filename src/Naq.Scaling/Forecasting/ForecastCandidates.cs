namespace Naq.Scaling.Forecasting;

/// <summary>The ways to guess how many jobs per second will arrive in the quarter of an hour that ends a horizon from now.</summary>
/// <remarks>Each looks only at what was known at its <c>now</c>, so that the same code is tried on the past.</remarks>
internal static class ForecastCandidates
{
    /// <summary>The quarter of an hour that is forecast.</summary>
    public const double Span = 900;

    private const double Hour = 3600;
    private const double Day = 86400;
    private const double Week = 7 * Day;
    private const double LevelSpan = 2 * Hour;

    /// <summary>A profile's day counts so much less than the one after it.</summary>
    private const double DayFading = 0.9;
    private const int ProfileDays = 28;
    private const int ProfileWeeks = 4;

    /// <summary>What each is called, in the order of <see cref="All"/>. The first is "same as now", the measure of the others.</summary>
    public static IReadOnlyList<string> Names { get; } =
        ["last", "hour", "yesterday", "last_week", "day_profile", "last_by_day", "week_profile", "last_by_week"];

    /// <summary>What each says, in jobs per second; null: it has not seen enough.</summary>
    public static double?[] All(ArrivalHistory history, double now, double horizon)
    {
        var (from, to) = (now + horizon - Span, now + horizon);
        var (last, level) = (history.Rate(now - Span, now), history.Rate(now - LevelSpan, now));

        double? Scaled(double? measure, double span, double stride, int most, double fading) =>
            measure * Profile(history, from, to, now, stride, most, fading)
            / (Profile(history, now - span, now, now, stride, most, fading) is { } then and > 0 ? then : null);

        return
        [
            last,
            history.Rate(now - Hour, now),
            Image(history, from, to, now, Day),
            Image(history, from, to, now, Week),
            Scaled(level, LevelSpan, Day, ProfileDays, DayFading),
            Scaled(last, Span, Day, ProfileDays, DayFading),
            Scaled(level, LevelSpan, Week, ProfileWeeks, 1),
            Scaled(last, Span, Week, ProfileWeeks, 1),
        ];
    }

    /// <summary>The same span one season ago, once it is past.</summary>
    private static double? Image(ArrivalHistory history, double from, double to, double now, double season)
    {
        var back = season * Math.Max(1, Math.Ceiling((to - now) / season));
        return history.Rate(from - back, to - back);
    }

    /// <summary>The mean of a span's images in earlier seasons; null: there is none.</summary>
    private static double? Profile(ArrivalHistory history, double from, double to, double now, double season, int most, double fading)
    {
        var (sum, weights, weight) = (0.0, 0.0, 1.0);
        for (var (image, back) = (0, season); image < most; image++, back += season)
        {
            if (to - back <= now && history.Rate(from - back, to - back) is { } rate)
            {
                sum += weight * rate;
                weights += weight;
            }

            weight *= fading;
        }

        return weights > 0 ? sum / weights : null;
    }
}
