using System.Globalization;
using Naq.Cli.Benchmarks.Raw;
using Naq.Cli.Invoking;
using Naq.Cli.Output;
using Naq.Cli.Parsing;
using Naq.Sqlite;

namespace Naq.Cli.Benchmarks;

/// <summary>Runs the scenarios, each once a run on a fresh broker, and sums the runs up.</summary>
internal sealed class BenchRun(Invocation run, BenchEngine engine, BenchOptions options)
{
    private readonly List<Dictionary<(string Figure, Durability? Durability), Sample>> _runs = [];

    public async Task<BenchDocument> RunAsync(CancellationToken ct)
    {
        var machine = await engine.LookAsync(ct).ConfigureAwait(false);
        for (var number = 1; number <= options.Runs; number++)
        {
            var samples = new Dictionary<(string, Durability?), Sample>();
            foreach (var scenario in options.Scenarios)
            {
                foreach (var durability in engine.DurabilitiesOf(scenario))
                {
                    await Progress(number, scenario, durability).ConfigureAwait(false);
                    foreach (var sample in await MeasureAsync(scenario, durability, number, ct).ConfigureAwait(false))
                    {
                        samples.Add((sample.Figure, sample.Durability), sample);
                    }
                }
            }

            _runs.Add(samples);
        }

        return new() { Machine = machine, Jobs = options.Jobs, Runs = options.Runs, Figures = [.. _runs[0].Values.Select(Sum)] };
    }

    private async Task<IReadOnlyList<Sample>> MeasureAsync(Scenario scenario, Durability? durability, int number, CancellationToken ct)
    {
        var place = engine.MakePlace(durability, options.Jobs, new Random(options.Seed + number));
        await using (place.ConfigureAwait(false))
        {
            return await scenario.RunAsync(place, ct).ConfigureAwait(false);
        }
    }

    private Task Progress(int number, Scenario scenario, Durability? durability) => run.Shell.Error.WriteLineAsync(
        string.Create(CultureInfo.InvariantCulture, $"naq: run {number} of {options.Runs}: {scenario.Name}{(durability is { } named ? ", " + Choice.NameOf(named) : "")}"));

    private FigureDocument Sum(Sample first)
    {
        var values = _runs.ConvertAll(samples => samples[(first.Figure, first.Durability)].Value);
        var raw = first.Raw is { } engines && engine.RawFigures.Contains(engines) ? engines : null;
        return new()
        {
            Figure = first.Figure,
            Durability = first.Durability is { } durability ? Choice.NameOf(durability) : null,
            Unit = Choice.NameOf(first.Unit),
            Median = Median(values),
            Min = values.Min(),
            Max = values.Max(),
            Raw = raw,
            RawRatio = raw is null ? null : Ratio(first, raw, first.Durability),
            Plain = first.Plain,
            PlainRatio = first.Plain is { } plain ? Ratio(first, plain, first.Durability) : null,
            UnitRatio = first.Unit == FigureUnit.JobsPerSecond ? Ratio(first, RawFigure.Cycle, engine.Unit) : null,
        };
    }

    /// <summary>The median of the ratios within each run; null: the other figure was not measured.</summary>
    private double? Ratio(Sample figure, string other, Durability? durability) => !_runs[0].ContainsKey((other, durability))
        ? null
        : Median(_runs.ConvertAll(samples => samples[(figure.Figure, figure.Durability)].Value / samples[(other, durability)].Value));

    private static double Median(List<double> values)
    {
        var sorted = values.Order().ToArray();
        var middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
