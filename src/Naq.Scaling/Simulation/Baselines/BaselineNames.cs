using System.Collections.Immutable;
using System.Globalization;
using Naq.Configuration;
using Naq.Scaling.Decisions.Deciders;
using Naq.Scaling.Forecasting;
using Naq.Scaling.Policies.Latency;
using Naq.Scaling.Policies.Seasons;
using Naq.Scaling.Pools;

namespace Naq.Scaling.Simulation.Baselines;

/// <summary>What others would do, by name and setting: <c>hpa:4</c>, <c>keda:5</c>, <c>knative:0.7</c>, <c>judoscale:5</c>, <c>static:8</c> …</summary>
internal static class BaselineNames
{
    /// <summary>Each with what its number means.</summary>
    public static IReadOnlyDictionary<string, string> All { get; } = new SortedDictionary<string, string>(StringComparer.Ordinal)
    {
        ["hpa"] = "open jobs per worker (default: a worker's slots), five minutes of stabilisation",
        ["hpa-60"] = "the same with one minute of stabilisation",
        ["hpa-depth"] = "waiting jobs per worker (default 10), the example's behaviour",
        ["keda"] = "queue length per worker, running jobs included (default 5)",
        ["knative"] = "the share of slots aimed at (default 0.7)",
        ["judoscale"] = "seconds of queue time above which a worker is added (default: a quarter of the goal)",
        ["example-threshold"] = "depth above which a worker is added (default 20)",
        ["example-predictive"] = "minutes ahead (default 30)",
        ["static"] = "workers (default: the initial ones)",
        ["clairvoyant"] = "no number: the latency policy, told the true arrivals",
    };

    /// <summary>Makes one.</summary>
    /// <exception cref="NaqConfigurationException">It is not known, or its number is wrong.</exception>
    public static Func<DeciderInit, Workload, IDecider> Parse(string text)
    {
        var parts = text.Split(':', 2);
        if (!All.ContainsKey(parts[0]))
        {
            throw new NaqConfigurationException($"Baseline '{Printable.Escape(text)}' is not known{SettingsNode.Hint(parts[0], All.Keys)}");
        }

        double? number = null;
        if (parts.Length == 2)
        {
            number = double.TryParse(parts[1], NumberStyles.Float, CultureInfo.InvariantCulture, out var n) && n > 0 && n < 1e6
                ? n
                : throw new NaqConfigurationException($"Baseline '{Printable.Escape(text)}': '{Printable.Escape(parts[1])}' is not a number above 0: {All[parts[0]]}.");
        }

        return (init, work) => Make(parts[0], number, init, work);
    }

    private static IDecider Make(string name, double? number, DeciderInit init, Workload work) => name switch
    {
        "hpa" => new HpaBaseline(init, number ?? init.Concurrency, isDepthOnly: false, HpaBehavior.Default(300)),
        "hpa-60" => new HpaBaseline(init, number ?? init.Concurrency, isDepthOnly: false, HpaBehavior.Default(60)),
        "hpa-depth" => new HpaBaseline(init, number ?? 10, isDepthOnly: true, HpaBehavior.Example),
        "keda" => new HpaBaseline(init, number ?? 5, isDepthOnly: false, HpaBehavior.Default(300)),
        "knative" => new KnativeBaseline(init, number ?? 0.7),
        "judoscale" => new JudoscaleBaseline(init, number ?? (init.SloWaitS / 4), (number ?? (init.SloWaitS / 4)) / 5),
        "example-threshold" => new ExampleThresholdBaseline(init, number ?? 20, (number ?? 20) / 4),
        "example-predictive" => Engine(init, new PredictivePolicy(TimeSpan.FromMinutes(number ?? 30))),
        "static" => new StaticBaseline(init, (int)(number ?? init.InitialWorkers)),
        _ => Engine(init, new LatencyPolicy(init.SloTarget, TimeSpan.FromSeconds(init.SloWaitS)) { Foresight = new Truth(work).Ahead }),
    };

    private static EngineDecider Engine(DeciderInit init, Policies.IScalingPolicy policy) =>
        new(new PoolConfig { Name = "pool", Queues = ["pool"], Policies = [policy] }, init);

    /// <summary>The arrivals to come, in fifty pieces.</summary>
    private sealed class Truth(Workload work)
    {
        public ImmutableArray<Spike> Ahead(double epoch, double horizon)
        {
            var (from, ahead, piece) = (epoch - work.Epoch, ImmutableArray.CreateBuilder<Spike>(), horizon / 50);
            for (var index = Next(from); index < work.Arrivals.Length && work.Arrivals[index] < from + horizon;)
            {
                var (begin, first) = (from + (Math.Floor((work.Arrivals[index] - from) / piece) * piece), index);
                while (index < work.Arrivals.Length && work.Arrivals[index] < begin + piece)
                {
                    index++;
                }

                ahead.Add(new(begin - from, index - first, piece));
            }

            return ahead.ToImmutable();
        }

        private int Next(double at)
        {
            var found = Array.BinarySearch(work.Arrivals, at);
            return found >= 0 ? found : ~found;
        }
    }
}
