using System.Globalization;
using Naq.Cli.Benchmarks.Raw;
using Naq.Cli.Invoking;
using Naq.Cli.Output;
using Naq.Cli.Parsing;
using Naq.Sqlite;

namespace Naq.Cli.Benchmarks;

/// <summary>Runs the scenarios, each once a run on a fresh database, and sums the runs up.</summary>
internal sealed class BenchRun(Invocation run, BenchOptions options)
{
    private readonly List<Dictionary<(string Figure, Durability Durability), Sample>> _runs = [];

    public async Task<BenchDocument> RunAsync(CancellationToken ct)
    {
        var machine = Machine.Look(options.Folder, run.Shell.Time);
        for (var number = 1; number <= options.Runs; number++)
        {
            var samples = new Dictionary<(string, Durability), Sample>();
            foreach (var scenario in options.Scenarios)
            {
                foreach (var durability in scenario.Durabilities)
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

    private async Task<IReadOnlyList<Sample>> MeasureAsync(Scenario scenario, Durability durability, int number, CancellationToken ct)
    {
        var folder = Directory.CreateDirectory(Path.Combine(options.Folder, "db")).FullName;
        try
        {
            return await scenario.RunAsync(new(run, folder, durability, options.Jobs, new Random(options.Seed + number)), ct).ConfigureAwait(false);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private Task Progress(int number, Scenario scenario, Durability durability) => run.Shell.Error.WriteLineAsync(
        string.Create(CultureInfo.InvariantCulture, $"naq: run {number} of {options.Runs}: {scenario.Name}, {Choice.NameOf(durability)}"));

    private FigureDocument Sum(Sample first)
    {
        var values = _runs.ConvertAll(samples => samples[(first.Figure, first.Durability)].Value);
        return new()
        {
            Figure = first.Figure,
            Durability = Choice.NameOf(first.Durability),
            Unit = Choice.NameOf(first.Unit),
            Median = Median(values),
            Min = values.Min(),
            Max = values.Max(),
            Raw = first.Raw,
            RawRatio = first.Raw is null ? null : Ratio(first, first.Raw, first.Durability),
            UnitRatio = first.Unit == FigureUnit.JobsPerSecond ? Ratio(first, RawScenario.Cycle, Durability.Normal) : null,
        };
    }

    /// <summary>The median of the ratios within each run; null: the raw figure was not measured.</summary>
    private double? Ratio(Sample figure, string raw, Durability durability) => !_runs[0].ContainsKey((raw, durability))
        ? null
        : Median(_runs.ConvertAll(samples => samples[(figure.Figure, figure.Durability)].Value / samples[(raw, durability)].Value));

    private static double Median(List<double> values)
    {
        var sorted = values.Order().ToArray();
        var middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
