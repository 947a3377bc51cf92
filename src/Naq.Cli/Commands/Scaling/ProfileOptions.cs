using System.CommandLine;
using Naq.Cli.Invoking;
using Naq.Cli.Parsing;
using Naq.Scaling.Simulation;

namespace Naq.Cli.Commands.Scaling;

/// <summary>How a simulated pool works.</summary>
internal sealed class ProfileOptions
{
    private readonly Option<string?> _profile = Opt.Text(
        "--profile", "NAME", $"How the pool works (default: process): {string.Join(", ", SimulationProfile.All.Select(static p => p.Name))}.");

    private readonly Option<TimeSpan?> _slo = Opt.Duration("--slo", "A job should start within this time, instead of the profile's.", allowZero: false);
    private readonly Option<TimeSpan?> _service = Opt.Duration("--service", "The mean time of a job.", allowZero: false);
    private readonly Option<ServiceLaw?> _law = Opt.OneOf<ServiceLaw>("--law", "How the times of jobs are spread (default: lognormal).");
    private readonly Option<TimeSpan?> _cold = Opt.Duration("--cold-start", "From launch to ready.");
    private readonly Option<TimeSpan?> _interval = Opt.Duration("--interval", "Between two decisions.", allowZero: false);
    private readonly Option<int?> _concurrency = Opt.Number("--concurrency", "Slots of a worker.", 1, 10_000);
    private readonly Option<int?> _min = Opt.Number("--min", "The least workers (default 1).", 0, 10_000);
    private readonly Option<int?> _max = Opt.Number("--max", "The most workers (default 100).", 1, 10_000);

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { _profile, _slo, _service, _law, _cold, _interval, _concurrency, _min, _max })
        {
            command.Add(option);
        }
    }

    /// <summary>The named profile, else <paramref name="usual"/>, changed by what options say.</summary>
    public SimulationProfile Read(Invocation run, SimulationProfile? usual = null)
    {
        var known = run.Get(_profile) is { } name
            ? SimulationProfile.All.FirstOrDefault(p => p.Name == name) ?? throw new NaqConfigurationException(
                $"--profile '{name}' is not known: {string.Join(", ", SimulationProfile.All.Select(static p => p.Name))}.")
            : usual ?? SimulationProfile.Process;
        var profile = known with
        {
            Goal = run.Get(_slo)?.TotalSeconds ?? known.Goal,
            Service = run.Get(_service)?.TotalSeconds ?? known.Service,
            Law = run.Get(_law) ?? known.Law,
            ColdStart = run.Get(_cold)?.TotalSeconds ?? known.ColdStart,
            Interval = run.Get(_interval)?.TotalSeconds ?? known.Interval,
            Concurrency = run.Get(_concurrency) ?? known.Concurrency,
            Min = run.Get(_min) ?? known.Min,
            Max = run.Get(_max) ?? Math.Max(known.Max, run.Get(_min) ?? 0),
        };
        return profile.Min <= profile.Max
            ? profile with { Initial = Math.Clamp(profile.Initial, profile.Min, profile.Max), MetricLag = Math.Min(profile.MetricLag, profile.Interval) }
            : throw new NaqConfigurationException($"--min ({profile.Min}) is above --max ({profile.Max}): set --max to {profile.Min} or more, or lower --min.");
    }
}
