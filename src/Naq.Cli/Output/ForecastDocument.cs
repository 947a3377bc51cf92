using Naq.Scaling.Forecasting;

namespace Naq.Cli.Output;

/// <summary>What is expected of a pool at a time to come.</summary>
internal sealed record ForecastDocument
{
    public required string Pool { get; init; }

    /// <summary>The end of the quarter of an hour that is forecast.</summary>
    public required DateTimeOffset Until { get; init; }

    /// <summary>Null: nothing is known of the last quarter of an hour.</summary>
    public required double? JobsPerSecond { get; init; }

    /// <summary>Not exceeded nine times of ten.</summary>
    public required double? UpperJobsPerSecond { get; init; }

    /// <summary>The weights of what it is blended of, by name.</summary>
    public required IReadOnlyDictionary<string, double> Blend { get; init; }

    public static View<ForecastDocument> View { get; } = new(
        DocumentJson.Default.ForecastDocument,
        Cell.Text<ForecastDocument>("pool", static f => f.Pool),
        Cell.Time<ForecastDocument>("until", static f => f.Until),
        Cell.Decimal<ForecastDocument>("jobs/s", static f => f.JobsPerSecond),
        Cell.Decimal<ForecastDocument>("at most (9 of 10)", static f => f.UpperJobsPerSecond),
        Cell.Text<ForecastDocument>("blend", static f => string.Join(", ", f.Blend.Select(static b => FormattableString.Invariant($"{b.Key} {b.Value:0.00}")))));
}

/// <summary>How forecasts of the past would have done.</summary>
internal sealed record BacktestDocument
{
    public required string Name { get; init; }

    public required double HistoryDays { get; init; }

    public required int Forecasts { get; init; }

    public required double Wape { get; init; }

    public required double NaiveWape { get; init; }

    public required double WapeRatio { get; init; }

    public required double PinballRatio { get; init; }

    public static View<BacktestDocument> View { get; } = new(
        DocumentJson.Default.BacktestDocument,
        Cell.Text<BacktestDocument>("name", static b => b.Name),
        Cell.Decimal<BacktestDocument>("history (d)", static b => b.HistoryDays),
        Cell.Number<BacktestDocument>("forecasts", static b => b.Forecasts),
        Cell.Decimal<BacktestDocument>("WAPE", static b => b.Wape),
        Cell.Decimal<BacktestDocument>("same as now", static b => b.NaiveWape),
        Cell.Decimal<BacktestDocument>("ratio", static b => b.WapeRatio),
        Cell.Decimal<BacktestDocument>("pinball(0.9) ratio", static b => b.PinballRatio));

    public static BacktestDocument Of(BacktestResult result) => new()
    {
        Name = result.Name,
        HistoryDays = Math.Round(result.HistoryDays, 2),
        Forecasts = result.Forecasts,
        Wape = Math.Round(result.Wape, 4),
        NaiveWape = Math.Round(result.NaiveWape, 4),
        WapeRatio = Math.Round(result.WapeRatio, 4),
        PinballRatio = Math.Round(result.PinballRatio, 4),
    };

    /// <summary>The geometric means of the ratios.</summary>
    public static BacktestDocument MeanOf(IReadOnlyList<BacktestDocument> all)
    {
        double Mean(Func<BacktestDocument, double> of) => Math.Round(Math.Exp(all.Average(b => Math.Log(of(b)))), 4);
        return new()
        {
            Name = "geometric mean",
            HistoryDays = Mean(static b => b.HistoryDays),
            Forecasts = all.Sum(static b => b.Forecasts),
            Wape = Mean(static b => b.Wape),
            NaiveWape = Mean(static b => b.NaiveWape),
            WapeRatio = Mean(static b => b.WapeRatio),
            PinballRatio = Mean(static b => b.PinballRatio),
        };
    }
}
