using System.CommandLine;
using Naq.Cli.Invoking;
using Naq.Cli.Output;
using Naq.Cli.Parsing;
using Naq.Cli.Shells;
using Naq.Scaling.Forecasting;
using Naq.Scaling.Traffic;

namespace Naq.Cli.Commands.Scaling;

internal sealed class ForecastCommand : NaqCommand
{
    private const double FewestDays = 2;

    private static readonly TimeSpan[] Horizons =
        [TimeSpan.FromMinutes(15), TimeSpan.FromMinutes(30), TimeSpan.FromHours(1), TimeSpan.FromHours(2), TimeSpan.FromHours(6), TimeSpan.FromHours(24)];

    private readonly Argument<string?> _pool = new("pool")
    {
        HelpName = "POOL", Description = "Only this pool (default: all of them).", Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<bool> _backtest = Opt.Flag("--backtest", "Try forecasts on the past instead, beside same as now: the embedded traces, --trace, or the pool.");
    private readonly Option<string?> _trace = Opt.Text("--trace", "NAME|FILE", "Try them on this trace, lines of t_seconds,arrivals.");
    private readonly Option<TimeSpan?> _horizon = Opt.Duration("--horizon", "How far ahead: 15m to 24h (default: a row for each of several; with --backtest 30m).", allowZero: false);

    public ForecastCommand() : base("forecast", "Say how many jobs are expected, from the weeks that the autoscaler has seen.")
    {
        Add(_pool);
        Add(_backtest);
        Add(_trace);
        Add(_horizon);
    }

    protected override async Task<int> RunAsync(Invocation run, CancellationToken ct)
    {
        var (pool, horizon) = (run.Get(_pool!), run.Get(_horizon));
        if (horizon is { } h && (h < Horizons[0] || h > Horizons[^1]))
        {
            throw new NaqConfigurationException($"--horizon {Quantities.Format(h)} is not within 15m to 24h.");
        }

        if (run.Get(_trace) is not null && (!run.Get(_backtest) || pool is not null))
        {
            throw new NaqConfigurationException("--trace is for --backtest without a pool.");
        }

        if (run.Get(_backtest))
        {
            await BacktestAsync(run, pool, (horizon ?? TimeSpan.FromMinutes(30)).TotalSeconds, ct).ConfigureAwait(false);
            return ExitCodes.Ok;
        }

        var broker = await run.OpenAsync(ct).ConfigureAwait(false);
        var forecasts = new List<ForecastDocument>();
        foreach (var name in await KnownPools.RequireAsync(broker, pool, ct).ConfigureAwait(false))
        {
            var history = await LoadAsync(broker, name, run.Shell.Time, ct).ConfigureAwait(false);
            forecasts.AddRange((horizon is { } one ? [one] : Horizons).Select(ahead => Forecast(name, history, run.Shell.Time.GetUtcNow(), ahead)));
        }

        await run.Output.ManyAsync(ForecastDocument.View, forecasts, ct).ConfigureAwait(false);
        return ExitCodes.Ok;
    }

    private async Task BacktestAsync(Invocation run, string? pool, double horizon, CancellationToken ct)
    {
        var traces = pool is not null ? [await PoolTraceAsync(run, pool, ct).ConfigureAwait(false)]
            : run.Get(_trace) is { } trace ? [TraceArgument.Load(run, trace)]
            : ArrivalTraces.Names.Select(ArrivalTraces.Load).Where(static t => t.History.Count * t.BinSeconds >= FewestDays * 86400).ToList();
        var results = traces.ConvertAll(t => Backtest.Run(t, horizon));
        if (results.Find(static r => r.Forecasts == 0) is { } empty)
        {
            throw new ExitException(ExitCodes.Failed, $"{empty.Name} is too short to compare a forecast with what came.");
        }

        var documents = results.ConvertAll(BacktestDocument.Of);
        await run.Output.ManyAsync(
            BacktestDocument.View, documents.Count > 1 ? documents.Append(BacktestDocument.MeanOf(documents)) : documents, ct).ConfigureAwait(false);
    }

    /// <summary>The last third of what is known of a pool is tried, from what lies before it.</summary>
    private static async ValueTask<ArrivalTrace> PoolTraceAsync(Invocation run, string pool, CancellationToken ct)
    {
        var broker = await run.OpenAsync(ct).ConfigureAwait(false);
        _ = await KnownPools.RequireAsync(broker, pool, ct).ConfigureAwait(false);
        var bins = (await LoadAsync(broker, pool, run.Shell.Time, ct).ConfigureAwait(false)).Coarse;
        if (bins.IsEmpty)
        {
            throw new ExitException(ExitCodes.Failed, $"pool '{pool}' has no history yet.");
        }

        var counts = Enumerable.Range(bins.Start, bins.End - bins.Start).Select(bin => bins[bin] ?? 0).ToArray();
        return new(pool, bins.Seconds, bins.EpochOf(bins.Start), counts[..(counts.Length * 2 / 3)], counts[(counts.Length * 2 / 3)..]);
    }

    private static async ValueTask<ArrivalHistory> LoadAsync(Brokers.Broker broker, string pool, TimeProvider time, CancellationToken ct)
    {
        var history = new PoolHistory(broker.Cluster, pool);
        await history.LoadAsync(time.GetUtcNow().ToUnixTimeSeconds(), ct).ConfigureAwait(false);
        return history.Arrivals;
    }

    private static ForecastDocument Forecast(string pool, ArrivalHistory history, DateTimeOffset now, TimeSpan ahead)
    {
        var (epoch, horizon) = ((double)now.ToUnixTimeSeconds(), ahead.TotalSeconds);
        var model = ForecastModel.New.Advance(history, epoch, horizon);
        var forecast = model.Predict(history, epoch, horizon);
        var weights = model.Weights();
        return new()
        {
            Pool = pool,
            Until = now + ahead,
            JobsPerSecond = Round(forecast?.Mean),
            UpperJobsPerSecond = Round(forecast?.Upper),
            Blend = forecast is null ? new Dictionary<string, double>() : ForecastCandidates.Names.Zip(weights)
                .Where(static p => p.Second >= 0.005).ToDictionary(static p => p.First, static p => Math.Round(p.Second, 2)),
        };
    }

    private static double? Round(double? value) => value is { } v ? Math.Round(v, 4) : null;
}
