using System.CommandLine;
using Naq.Cli.Invoking;
using Naq.Cli.Output;
using Naq.Cli.Parsing;
using Naq.Cli.Shells;
using Naq.Scaling.Decisions.Deciders;
using Naq.Scaling.Simulation;
using Naq.Scaling.Simulation.Baselines;
using Naq.Scaling.Traffic;

namespace Naq.Cli.Commands.Scaling;

internal sealed class SimulateCommand : NaqCommand
{
    private readonly Option<string?> _trace = Opt.Text("--trace", "NAME|FILE", $"What arrives (default: wc98_opening): {string.Join(", ", ArrivalTraces.Names)}, or a file of t_seconds,arrivals.");
    private readonly Option<string?> _shape = Opt.Text("--shape", "SHAPE", $"Made-up arrivals instead, such as sine:mean=2,peak=10,period=6h,for=1d: {string.Join(", ", Shape.Known.Keys)}.");
    private readonly Option<string?> _record = Opt.Text("--record", "FILE", "What arrived in a recording of naq autoscale decide, in a pool as it says; options of the profile replace it.");
    private readonly PolicyOptions _policies = new(several: true);
    private readonly Option<string[]> _baseline = Many("--baseline", "NAME", $"Others beside it, such as knative:0.7: {string.Join(", ", BaselineNames.All.Keys)}.");
    private readonly Option<string?> _decider = Opt.Text("--decider", "COMMAND", "A program beside it that speaks the lines of naq autoscale decide --stdio.");
    private readonly ProfileOptions _profile = new();
    private readonly Option<string?> _seeds = Opt.Text("--seeds", "SEEDS", "A number, or from-to: a run each, and their means (default 4; with --suite 4-8).");
    private readonly Option<string?> _fault = Opt.Text("--fault", "NAME", $"What goes wrong: {string.Join(", ", KnownFaults.Names)}.");
    private readonly Option<string?> _chart = Opt.Text("--chart", "FILE", "Draw the first policy's first run as SVG.");
    private readonly Option<bool> _suite = Opt.Flag("--suite", "All traces and profiles: latency beside HPA, KEDA and Knative over their settings. Takes a minute or two.");
    private readonly Option<string?> _report = Opt.Text("--report", "FILE", "With --suite: write the table as Markdown too.");

    public SimulateCommand() : base("simulate", "Play arrivals against policies in virtual time, and say how many jobs were late and what it cost.")
    {
        Add(_trace);
        Add(_shape);
        Add(_record);
        _policies.AddTo(this);
        Add(_baseline);
        Add(_decider);
        _profile.AddTo(this);
        Add(_seeds);
        Add(_fault);
        Add(_chart);
        Add(_suite);
        Add(_report);
    }

    protected override async Task<int> RunAsync(Invocation run, CancellationToken ct)
    {
        var suite = run.Get(_suite);
        var seeds = Seeds(run.Get(_seeds) ?? (suite ? "4-8" : "4"));
        if (suite)
        {
            return await SuiteAsync(run, seeds, ct).ConfigureAwait(false);
        }

        var (arrivals, usual) = Arrivals(run);
        var profile = _profile.Read(run, usual);
        var faults = KnownFaults.Parse(run.Get(_fault));
        var contestants = Contestants(run);
        var results = Contest.Play(contestants, arrivals, profile, seeds, faults, ct);
        await run.Output.ManyAsync(SimulationDocument.View, results.Select(SimulationDocument.Of), ct).ConfigureAwait(false);
        if (run.Get(_chart) is { } file)
        {
            Write(run, "--chart", file, Draw(contestants[0], arrivals(seeds[0]), profile, seeds[0], faults));
        }

        return ExitCodes.Ok;
    }

    /// <summary>What arrives by seed, and how the pool works where no option says.</summary>
    private (Func<int, ArrivalTrace> Arrivals, SimulationProfile? Profile) Arrivals(Invocation run)
    {
        var (name, text, file) = (run.Get(_trace), run.Get(_shape), run.Get(_record));
        if (new[] { name, text, file }.Count(static source => source is not null) > 1)
        {
            throw new NaqConfigurationException("--trace, --shape and --record each say what arrives. Keep one.");
        }

        if (text is not null)
        {
            return (Shape.Parse(text).Draw, null);
        }

        var (trace, profile) = file is null
            ? (TraceArgument.Load(run, name ?? "wc98_opening"), null)
            : RecordedRun.Of(RecordedLines.Read(Path.GetFullPath(file, run.Shell.Directory), "--record " + file).Lines, file);
        return (_ => trace, profile);
    }

    private async Task<int> SuiteAsync(Invocation run, IReadOnlyList<int> seeds, CancellationToken ct)
    {
        var document = SuiteDocument.Of(Suite.Run(seeds, ct));
        if (run.Output.Format == OutputFormat.Table)
        {
            await run.Output.ManyAsync(SimulationDocument.View, document.Rows, ct).ConfigureAwait(false);
            foreach (var line in document.Words())
            {
                await run.Shell.Out.WriteLineAsync(line).ConfigureAwait(false);
            }
        }
        else
        {
            run.Output.Line(SuiteDocument.View, document);
        }

        if (run.Get(_report) is { } file)
        {
            Write(run, "--report", file, document.Markdown());
        }

        return ExitCodes.Ok;
    }

    private List<Contestant> Contestants(Invocation run)
    {
        var choices = _policies.ReadAll(run);
        var all = (choices.Count > 0 ? choices : [PolicyChoice.Auto]).Select(static c => new Contestant(c.Name, (init, _) => new EngineDecider(c.Pool(init), init))).ToList();
        all.AddRange((run.Get(_baseline) ?? []).Select(static b => new Contestant(b, BaselineNames.Parse(b))));
        if (run.Get(_decider) is { } command)
        {
            all.Add(new("decider", (init, _) => new ProcessDecider(command, init)));
        }

        return all;
    }

    private static string Draw(Contestant contestant, ArrivalTrace trace, SimulationProfile profile, int seed, FaultPlan faults)
    {
        var (chart, work) = (new SimulationChart(), Workload.Of(trace, profile, seed));
        var simulator = new FleetSimulator(profile, work, seed) { Faults = faults, Decided = (seen, _) => chart.See(seen) };
        using var decider = contestant.Make(simulator.Init, work);
        _ = simulator.Run(decider);
        return chart.Svg($"{contestant.Name} on {trace.Name} ({profile.Name}, seed {seed})");
    }

    private static void Write(Invocation run, string option, string file, string text)
    {
        try
        {
            File.WriteAllText(Path.GetFullPath(file, run.Shell.Directory), text);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new NaqConfigurationException($"{option} {file} cannot be written: {e.Message}", e);
        }
    }

    private static IReadOnlyList<int> Seeds(string text)
    {
        var parts = text.Split('-');
        return parts.Length <= 2 && int.TryParse(parts[0], out var first) && int.TryParse(parts[^1], out var last) && last >= first && last - first < 1000
            ? [.. Enumerable.Range(first, last - first + 1)]
            : throw new NaqConfigurationException($"--seeds '{text}' is not a number, or two such as 4-8.");
    }

    private static Option<string[]> Many(string name, string helpName, string description) => new(name)
    {
        Description = description, HelpName = helpName, AllowMultipleArgumentsPerToken = true, Arity = ArgumentArity.OneOrMore,
    };
}
