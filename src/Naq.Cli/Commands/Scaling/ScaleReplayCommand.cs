using System.CommandLine;
using Naq.Brokers;
using Naq.Cli.Invoking;
using Naq.Cli.Output;
using Naq.Cli.Parsing;
using Naq.Cli.Shells;
using Naq.Scaling.Decisions;
using Naq.Scaling.Decisions.Deciders;
using Naq.Scaling.Forecasting;
using Naq.Scaling.Simulation;
using Naq.Scaling.Traffic;

namespace Naq.Cli.Commands.Scaling;

/// <summary><c>scale replay</c>: what would have happened, or whether a recording is decided as it was.</summary>
internal sealed class ScaleReplayCommand : NaqCommand
{
    private readonly Option<string?> _recording = Opt.Text("--recording", "FILE", "Decide a recording of naq autoscale decide --record again; exit code 1 where an answer differs.");
    private readonly Option<string?> _of = Opt.Name("--of", "pool", "Play the recorded arrivals of this pool (default: the only one).");
    private readonly Option<TimeSpan?> _since = Opt.Duration("--since", "From so long ago on (default 1d; minutes are kept for two days).", allowZero: false);
    private readonly Option<TimeSpan?> _slo = Opt.Duration("--slo", "A job should start within this time (default 5s).", allowZero: false);
    private readonly PolicyOptions _policies = new(several: true);

    public ScaleReplayCommand() : base("replay", "Play a pool's recorded arrivals against a policy, or a recording against the engine.")
    {
        Add(_recording);
        Add(_of);
        Add(_since);
        Add(_slo);
        _policies.AddTo(this);
    }

    protected override async Task<int> RunAsync(Invocation run, CancellationToken ct)
    {
        if (run.Get(_recording) is { } file)
        {
            return await AgainAsync(run, file, _policies.Read(run), ct).ConfigureAwait(false);
        }

        var choices = _policies.ReadAll(run);

        var broker = await run.OpenAsync(ct).ConfigureAwait(false);
        var known = await KnownPools.RequireAsync(broker, run.Get(_of), ct).ConfigureAwait(false);
        var name = known is [var only] ? only : throw new ExitException(
            known.Count == 0 ? ExitCodes.NotFound : ExitCodes.Usage,
            known.Count == 0 ? "no autoscaler has decided here yet: there is nothing to play." : $"there are {known.Count} pools: name one with --of: {string.Join(", ", known)}.");
        var since = run.Get(_since) ?? TimeSpan.FromDays(1);
        var (trace, profile) = await RecordedAsync(run, broker, name, since, ct).ConfigureAwait(false);
        var contestants = (choices.Count > 0 ? choices : [PolicyChoice.Auto]).Select(static c => new Contestant(c.Name, (init, _) => new EngineDecider(c.Pool(init), init))).ToList();
        var results = Contest.Play(contestants, _ => trace, profile, [1], FaultPlan.None, ct);
        var was = await WasAsync(broker, name, trace, profile, ct).ConfigureAwait(false);
        await run.Output.ManyAsync(SimulationDocument.View, results.Select(SimulationDocument.Of).Prepend(was), ct).ConfigureAwait(false);
        return ExitCodes.Ok;
    }

    /// <summary>Decides a recording again, by those who decided then where nobody else is named.</summary>
    private static async Task<int> AgainAsync(Invocation run, string file, PolicyChoice? choice, CancellationToken ct)
    {
        var (head, lines) = RecordedLines.Read(Path.GetFullPath(file, run.Shell.Directory), "--recording " + file);
        var pool = (choice ?? head.ToChoice()).Pool;
        using var filter = new DecisionFilter(init => new EngineDecider(pool(init), init));
        foreach (var line in lines)
        {
            ct.ThrowIfCancellationRequested();
            var answer = filter.Answer(line.Line);
            if (answer != line.Answer)
            {
                await run.Shell.Out.WriteLineAsync($"line {line.Number + 1}: was {Printable.Escape(line.Answer)}, is {answer}").ConfigureAwait(false);
                return ExitCodes.Failed;
            }
        }

        await run.Shell.Out.WriteLineAsync($"{lines.Count} answers, all as they were").ConfigureAwait(false);
        return ExitCodes.Ok;
    }

    /// <summary>The arrivals of the time, and how the pool works as it was last seen.</summary>
    private async ValueTask<(ArrivalTrace Trace, SimulationProfile Profile)> RecordedAsync(
        Invocation run, Broker broker, string pool, TimeSpan since, CancellationToken ct)
    {
        var now = run.Shell.Time.GetUtcNow().ToUnixTimeSeconds();
        var history = new PoolHistory(broker.Cluster, pool);
        await history.LoadAsync(now, ct).ConfigureAwait(false);
        var bins = history.Arrivals.Fine;
        var first = Math.Clamp(bins.BinAt(now - since.TotalSeconds), bins.Start, bins.End);
        var last = await new DecisionLog(broker.Cluster).InForceAtAsync(pool, DateTimeOffset.MaxValue, ct).ConfigureAwait(false);
        if (first >= bins.End || last?.Observation.Fleet.Value is not { ServiceCount: > 0 } fleet)
        {
            throw new ExitException(ExitCodes.Failed, $"nothing is recorded of pool '{pool}' since then: its jobs must have run under this autoscaler.");
        }

        var counts = Enumerable.Range(bins.Start, bins.End - bins.Start).Select(bin => bins[bin] ?? 0).ToArray();
        var mean = fleet.ServiceSeconds / fleet.ServiceCount;
        var profile = new SimulationProfile("recorded")
        {
            ColdStart = fleet.ColdStartSeconds ?? SimulationProfile.Process.ColdStart,
            Goal = (run.Get(_slo) ?? TimeSpan.FromSeconds(5)).TotalSeconds,
            Interval = SimulationProfile.Process.Interval,
            MetricLag = 0.2,
            Service = mean,
            ServiceVariation = Math.Sqrt(Math.Max(0, (fleet.ServiceSecondsSquared / fleet.ServiceCount / (mean * mean)) - 1)),
            Concurrency = last.Concurrency,
            Initial = Math.Max(1, last.From),
        };
        return (new(pool, bins.Seconds, bins.EpochOf(bins.Start), counts[..(first - bins.Start)], counts[(first - bins.Start)..]), profile);
    }

    /// <summary>What the decisions of the time came to. How late jobs were is not recorded.</summary>
    private static async ValueTask<SimulationDocument> WasAsync(
        Broker broker, string pool, ArrivalTrace trace, SimulationProfile profile, CancellationToken ct)
    {
        var (from, until) = (trace.PlayedEpoch, trace.PlayedEpoch + trace.PlayedSeconds);
        var decisions = (await new DecisionLog(broker.Cluster).NewestAsync(pool, DecisionLog.Kept, ct).ConfigureAwait(false)).Reverse().ToList();
        var (seconds, changes, most) = (0.0, 0, 0);
        for (var i = 0; i < decisions.Count; i++)
        {
            var begin = Math.Max(from, decisions[i].DecidedAt.ToUnixTimeSeconds());
            var end = Math.Min(until, i + 1 < decisions.Count ? decisions[i + 1].DecidedAt.ToUnixTimeSeconds() : until);
            seconds += Math.Max(0, end - begin) * decisions[i].To;
            changes += begin < end && decisions[i].IsChange ? 1 : 0;
            most = begin < end ? Math.Max(most, decisions[i].To) : most;
        }

        var floor = Math.Max(trace.Played.Sum() * profile.Service / profile.Concurrency, trace.PlayedSeconds * profile.Min);
        return new()
        {
            Trace = pool,
            Profile = profile.Name,
            Policy = "as it was",
            Jobs = trace.Played.Sum(),
            LatePercent = null,
            WaitP50S = null,
            WaitP95S = null,
            WaitP99S = null,
            CostOverFloor = Math.Round(seconds / floor, 3),
            WorkerHours = Math.Round(seconds / 3600, 2),
            ActionsPerHour = Math.Round(changes / (trace.PlayedSeconds / 3600), 1),
            MostWorkers = most,
        };
    }
}
