using Naq.Scaling.Simulation;
using Naq.Scaling.Traffic;

namespace Naq.Cli.Commands.Scaling;

/// <summary>What a recording tells of arrivals and of the pool, for playing it against others.</summary>
internal static class RecordedRun
{
    /// <exception cref="NaqConfigurationException">Too little is recorded.</exception>
    public static (ArrivalTrace Trace, SimulationProfile Profile) Of(IReadOnlyList<RecordedLine> lines, string file)
    {
        var first = lines.Index().FirstOrDefault(static line => line.Item.Init is not null && line.Item.Answer.Contains("ready", StringComparison.Ordinal));
        var seen = lines.Skip(first.Index + 1).TakeWhile(static line => line.Init is null)
            .Select(static line => line.Observation).Where(static o => o is { SampledAt: >= 0, ArrivedTotal: not null }).ToList();
        if (first.Item.Line is null || first.Item.Init is not { } init || seen is not [.., { SampledAt: { } end }] || end < 2 * init.IntervalS)
        {
            throw new NaqConfigurationException($"{file} has too little to play: an init and observations with arrived_total over two intervals.");
        }

        var bins = new double[(int)Math.Ceiling(end / init.IntervalS)];
        var (before, at) = (0.0, 0.0);
        foreach (var observation in seen)
        {
            var (total, until) = (observation!.ArrivedTotal.GetValueOrDefault(), observation.SampledAt.GetValueOrDefault()); // those without are not here
            if (until > at)
            {
                bins[Math.Clamp((int)((at + until) / 2 / init.IntervalS), 0, bins.Length - 1)] += Math.Max(0, total - before);
                (before, at) = (total, until);
            }
        }

        var last = seen.FindLast(static o => o!.SvcCount > 0);
        var mean = last?.SvcSum / last?.SvcCount ?? SimulationProfile.Process.Service;
        var squares = last?.SvcSumsq / last?.SvcCount ?? 2 * mean * mean;
        var profile = new SimulationProfile("recorded")
        {
            ColdStart = init.ColdStartS,
            Goal = init.SloWaitS,
            Share = init.SloTarget,
            Interval = init.IntervalS,
            MetricLag = init.MetricLagS,
            Service = mean,
            ServiceVariation = Math.Sqrt(Math.Max(0, (squares / (mean * mean)) - 1)),
            Concurrency = init.Concurrency,
            Min = init.MinWorkers,
            Max = init.MaxWorkers,
            Initial = init.InitialWorkers,
        };
        var name = Path.GetFileNameWithoutExtension(file);
        return (new(name, init.IntervalS, init.Epoch, [], bins), profile);
    }
}
