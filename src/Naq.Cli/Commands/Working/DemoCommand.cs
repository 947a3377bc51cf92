using System.CommandLine;
using Naq.Cli.Connecting;
using Naq.Cli.Demo;
using Naq.Cli.Invoking;
using Naq.Cli.Output;
using Naq.Cli.Parsing;
using Naq.Cli.Shells;
using Naq.Cli.Working;
using Naq.Nats.Local;
using Naq.Scaling.Hosting;
using Naq.Scaling.Pools;
using Naq.Scaling.Provisioners;
using Naq.Scaling.Traffic;

namespace Naq.Cli.Commands.Working;

internal sealed class DemoCommand : NaqCommand
{
    private const int MostWorkers = 1000;

    private readonly Option<string?> _trace = Opt.Text("--trace", "FILE", "Play this trace, lines of t_seconds,arrivals (default: a match day of the World Cup 1998).");
    private readonly Option<double?> _speed = Opt.Positive("--speed", "FACTOR", "So much faster than it was (default 200).");
    private readonly Option<TimeSpan?> _for = Opt.Duration("--for", "Stop enqueuing after this time (default: the whole trace).", allowZero: false);
    private readonly Option<TimeSpan?> _slo = Opt.Duration("--slo", "The goal: 99 % of the jobs start within this time (default 2s).", allowZero: false);
    private readonly Option<string?> _policy = Opt.Text("--policy", "NAME", $"Who decides, several joined by + (default: auto): {string.Join(", ", StandardPolicies.Names)}.");
    private readonly Option<int?> _min = Opt.Number("--min", "The least workers (default 1).", 0, MostWorkers);
    private readonly Option<int?> _max = Opt.Number("--max", "The most workers (default 8).", 1, MostWorkers);

    public DemoCommand() : base("demo", "Play real traffic against a fresh broker, and watch worker processes come and go; exit code 1 where a job was lost or stuck.")
    {
        Add(_trace);
        Add(_speed);
        Add(_for);
        Add(_slo);
        Add(_policy);
        Add(_min);
        Add(_max);
    }

    protected override async Task<int> RunAsync(Invocation run, CancellationToken ct)
    {
        var options = ReadOptions(run);
        if (run.BrokerFlag is not (null or "sqlite" or "nats"))
        {
            throw new NaqConfigurationException("naq demo makes a broker of its own: use --broker sqlite (the default) or --broker nats.");
        }

        var folder = Directory.CreateTempSubdirectory("naq-demo-").FullName;
        var result = run.BrokerFlag == "nats"
            ? await PlayOnNatsAsync(run, options, folder, ct).ConfigureAwait(false)
            : await PlayAsync(run, options, folder, new(BrokerKind.Sqlite, Path.Combine(folder, "naq.db"), "demo"), ct).ConfigureAwait(false);
        run.Output.One(DemoDocument.View, result);
        if (result.Lost + result.Stuck > 0)
        {
            run.Note($"{result.Lost} jobs were lost and {result.Stuck} are stuck. Broker and ledger are kept in {Pasteable.Word(folder)}");
            return ExitCodes.Failed;
        }

        Directory.Delete(folder, recursive: true);
        return ExitCodes.Ok;
    }

    private static async Task<DemoDocument> PlayOnNatsAsync(Invocation run, DemoOptions options, string folder, CancellationToken ct)
    {
        var server = await LocalServer.StartAsync(Path.Combine(folder, "nats"), LocalServer.AnyPort, "", ct).ConfigureAwait(false);
        await using (server.ConfigureAwait(false))
        {
            return await PlayAsync(run, options, folder, new(BrokerKind.Nats, server.Url, "demo"), ct).ConfigureAwait(false);
        }
    }

    private static async Task<DemoDocument> PlayAsync(Invocation run, DemoOptions options, string folder, BrokerAddress address, CancellationToken ct)
    {
        var ledger = Path.Combine(folder, "ledger.ndjson");
        using var signals = new StopSignals(ignoreInterrupt: false);
        var broker = await BrokerOpener.OpenAsync(address, null, run.Shell, run.Loggers, ct).ConfigureAwait(false);
        await using (broker.ConfigureAwait(false))
        {
            var demo = new DemoRun(options, broker, ledger, run.Shell.Time);
            var processes = new LedgeredProcesses(new ProcessTable(ProcessTable.ThisProgram, run.Shell.Error, run.Shell.Time), ledger);
            var host = new PoolHost(demo.Config, broker, processes, run.LogArguments, run.Shell.Time, run.Shell.Random, run.Loggers, demo.Scene.Decided);
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
            using var ended = new CancellationTokenSource();
            var playing = demo.RunAsync(host, stop.Token);
            var showing = new DemoView(run.Shell, demo.Scene, options.Concurrency).RunAsync(ended.Token);
            _ = await Task.WhenAny(playing, signals.First).ConfigureAwait(false);
            await stop.CancelAsync().ConfigureAwait(false);
            await ((Task)playing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await ended.CancelAsync().ConfigureAwait(false);
            await showing.ConfigureAwait(false);
            return await playing.ConfigureAwait(false);
        }
    }

    private DemoOptions ReadOptions(Invocation run)
    {
        var defaults = new DemoOptions { Trace = run.Get(_trace) is { } path ? ArrivalTraces.ReadFile(Path.GetFullPath(path, run.Shell.Directory)) : ArrivalTraces.MatchDay() };
        var options = defaults with
        {
            Speed = run.Get(_speed) ?? defaults.Speed,
            Duration = run.Get(_for),
            Slo = run.Get(_slo) ?? defaults.Slo,
            Policy = run.Get(_policy) ?? defaults.Policy,
            Min = run.Get(_min) ?? defaults.Min,
            Max = run.Get(_max) ?? Math.Max(defaults.Max, run.Get(_min) ?? 0),
        };
        _ = StandardPolicies.Parse(options.Policy, 0.99, options.Slo, 1);
        return options.Min <= options.Max
            ? options
            : throw new NaqConfigurationException($"--min ({options.Min}) is above --max ({options.Max}): set --max to {options.Min} or more, or lower --min.");
    }
}
