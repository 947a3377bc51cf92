using Naq.Scaling.Traffic;

namespace Naq.Scaling.Forecasting;

/// <summary>How well forecasts of a trace would have done, beside "same as now".</summary>
/// <param name="Name">The trace or pool.</param>
/// <param name="HistoryDays">What the forecast knew at its beginning.</param>
/// <param name="Forecasts">How many were compared, one every quarter of an hour.</param>
/// <param name="Wape">Sum of absolute errors over the sum of what came.</param>
/// <param name="NaiveWape">The same of "same as now".</param>
/// <param name="Pinball">Mean pinball loss of the upper bound at 0.9, in jobs per second.</param>
/// <param name="NaivePinball">The same with "same as now" as the bound.</param>
internal sealed record BacktestResult(
    string Name, double HistoryDays, int Forecasts, double Wape, double NaiveWape, double Pinball, double NaivePinball)
{
    public double WapeRatio => Wape / NaiveWape;

    public double PinballRatio => Pinball / NaivePinball;
}

/// <summary>Tries forecasts on the past: walks through a trace and knows at each step only what was known then.</summary>
internal static class Backtest
{
    private const double Step = ForecastCandidates.Span;
    private const double Quantile = 0.9;

    public static BacktestResult Run(ArrivalTrace trace, double horizon)
    {
        var history = new ArrivalHistory(trace.BinSeconds, trace.Epoch, trace.History);
        var truth = new ArrivalHistory(trace.BinSeconds, trace.Epoch, [.. trace.History, .. trace.Played]);
        var (model, bin, end) = (ForecastModel.New, 0, trace.PlayedEpoch + trace.PlayedSeconds);
        var (count, error, naiveError, sum, pinball, naivePinball) = (0, 0.0, 0.0, 0.0, 0.0, 0.0);
        for (var now = Math.Ceiling(trace.PlayedEpoch / Step) * Step; now + horizon <= end; now += Step)
        {
            for (; trace.PlayedEpoch + ((bin + 1) * trace.BinSeconds) <= now; bin++)
            {
                history.Add(trace.PlayedEpoch + ((bin + 1) * trace.BinSeconds) - 0.001, trace.Played[bin]);
            }

            model = model.Advance(history, now, horizon);
            if (model.Predict(history, now, horizon) is not { } forecast || history.Rate(now - Step, now) is not { } naive
                || truth.Rate(now + horizon - Step, now + horizon) is not { } actual)
            {
                continue;
            }

            count++;
            sum += actual;
            error += Math.Abs(forecast.Mean - actual);
            naiveError += Math.Abs(naive - actual);
            pinball += Loss(actual, forecast.Upper);
            naivePinball += Loss(actual, naive);
        }

        return new(
            trace.Name, trace.History.Count * trace.BinSeconds / 86400, count, error / sum, naiveError / sum, pinball / count, naivePinball / count);
    }

    private static double Loss(double actual, double bound) => actual > bound ? Quantile * (actual - bound) : (1 - Quantile) * (bound - actual);
}
