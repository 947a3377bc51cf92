using System.Collections.Immutable;

namespace Naq.Scaling.Forecasting;

/// <summary>What is expected, in jobs per second.</summary>
/// <param name="Mean">The guess.</param>
/// <param name="Upper">Not exceeded nine times of ten.</param>
internal readonly record struct Forecast(double Mean, double Upper);

/// <summary>How a way to guess did of late, and "same as now" in the same places: sums that fade.</summary>
internal readonly record struct CandidateScore(double Error, double NaiveError, double Weight);

/// <summary>A guess whose time has not come.</summary>
internal readonly record struct PendingForecast(double Until, double Mean);

/// <summary>Blends the ways to guess that were not worse than "same as now" over about the last two days.</summary>
/// <param name="ScoredAt">Unix time of the last quarter of an hour that was compared; null: none yet.</param>
/// <param name="Scores">One for each of <see cref="ForecastCandidates.Names"/>.</param>
/// <param name="Pending">Guesses to be compared.</param>
/// <param name="Residuals">How far off the last guesses were, as a share of them.</param>
/// <remarks>
/// A gated inverse-error combination in the tradition of Bates and Granger, "The combination of forecasts" (1969): a candidate weighs
/// (least error / its error)^6, and nothing while it does worse than the naive one. So a pool without a pattern is forecast as "same as
/// now". Brought up to date once every quarter of an hour; a new one looks back over two days at once.
/// </remarks>
internal sealed record ForecastModel(
    double? ScoredAt, ImmutableArray<CandidateScore> Scores, ImmutableArray<PendingForecast> Pending, ImmutableArray<double> Residuals)
{
    private const double Step = ForecastCandidates.Span;
    private const double Memory = 2 * 86400;
    private const int MostResiduals = 192;
    private const int FewestResiduals = 12;
    private const double FewestScores = 12;
    private const double Sharpness = 6;
    private const double Quantile = 0.9;

    /// <summary>One job in the span: keeps shares finite where next to nothing is expected.</summary>
    private const double Least = 1 / ForecastCandidates.Span;

    public static ForecastModel New { get; } = new(null, [.. ForecastCandidates.Names.Select(static _ => default(CandidateScore))], [], []);

    /// <summary>Compares guesses with what came since, up to a time.</summary>
    /// <param name="history">When jobs arrived.</param>
    /// <param name="epoch">Now, by the calendar.</param>
    /// <param name="horizon">Seconds from now to the end of the span that is guessed: a quarter of an hour or more.</param>
    public ForecastModel Advance(ArrivalHistory history, double epoch, double horizon)
    {
        var until = Math.Floor(epoch / Step) * Step;
        var model = ScoredAt is { } scored && scored <= until && scored > until - Memory
            ? this
            : New with { ScoredAt = until - Memory };
        while (model.ScoredAt < until)
        {
            model = model.Score(history, model.ScoredAt.Value + Step, horizon);
        }

        return model;
    }

    /// <summary>What to expect; null: nothing is known of late.</summary>
    public Forecast? Predict(ArrivalHistory history, double epoch, double horizon)
    {
        if (Blend(ForecastCandidates.All(history, epoch, horizon)) is not { } mean)
        {
            return null;
        }

        var excess = Residuals.Length < FewestResiduals ? 0 : Residuals.Order().ElementAt((int)(Quantile * Residuals.Length));
        return new(mean, Math.Max(0, mean + (excess * (mean + Least))));
    }

    /// <summary>How much each candidate counts; they add up to 1.</summary>
    public IReadOnlyList<double> Weights()
    {
        var most = Scores.Max(static s => s.Weight);
        var least = Enumerable.Range(0, Scores.Length).Min(i => Ratio(i, most) ?? 1);
        double[] weights = [.. Enumerable.Range(0, Scores.Length).Select(i => Ratio(i, most) is { } ratio ? Math.Pow(least / ratio, Sharpness) : 0)];
        var sum = weights.Sum();
        return [.. weights.Select(w => w / sum)];
    }

    /// <summary>A candidate's error as a share of the naive one's; null: it is not trusted.</summary>
    private double? Ratio(int candidate, double most)
    {
        if (candidate == 0)
        {
            return 1;
        }

        var score = Scores[candidate];
        var ratio = Math.Max(1e-3, score.Error / Math.Max(1e-12, score.NaiveError));
        return score.Weight >= FewestScores && score.Weight >= most / 2 && ratio <= 1 ? ratio : null;
    }

    private double? Blend(double?[] guesses)
    {
        var weights = Weights();
        var (sum, known) = (0.0, 0.0);
        for (var i = 0; i < guesses.Length; i++)
        {
            (sum, known) = guesses[i] is { } guess ? (sum + (weights[i] * guess), known + weights[i]) : (sum, known);
        }

        return known > 0 ? sum / known : guesses[0];
    }

    private ForecastModel Score(ArrivalHistory history, double at, double horizon)
    {
        var due = Pending.FirstOrDefault(p => p.Until == at);
        var mean = Blend(ForecastCandidates.All(history, at, horizon));
        var pending = Pending.RemoveAll(p => p.Until <= at);
        var next = this with { ScoredAt = at, Pending = mean is { } m ? pending.Add(new(at + horizon, m)) : pending };
        if (history.Rate(at - Step, at) is not { } actual)
        {
            return next;
        }

        var then = ForecastCandidates.All(history, at - horizon, horizon);
        return next with
        {
            Scores = [.. Scores.Select((score, i) => Fade(score, then[i], then[0], actual))],
            Residuals = due.Until > 0 ? Note(Residuals, (actual - due.Mean) / (due.Mean + Least)) : Residuals,
        };
    }

    private static CandidateScore Fade(CandidateScore score, double? guess, double? naive, double actual)
    {
        if (guess is not { } g || naive is not { } n)
        {
            return score;
        }

        var keep = Math.Exp(-Step / Memory);
        return new((keep * score.Error) + Math.Abs(g - actual), (keep * score.NaiveError) + Math.Abs(n - actual), (keep * score.Weight) + 1);
    }

    private static ImmutableArray<double> Note(ImmutableArray<double> residuals, double residual) =>
        (residuals.Length < MostResiduals ? residuals : residuals.RemoveAt(0)).Add(Math.Round(residual, 4));
}
