using System.CommandLine;
using Microsoft.Extensions.Logging;
using Naq.Cli.Connecting;
using Naq.Cli.Invoking;
using Naq.Cli.Parsing;
using Naq.Cli.Probing;
using Naq.Cli.Shells;
using Naq.Cli.Working;
using Naq.Scaling.Hosting;
using Naq.Scaling.Pools;
using Naq.Scaling.Provisioners;

namespace Naq.Cli.Commands.Working;

/// <summary><c>up</c> and <c>autoscale</c>: two names for the same, the second the example's.</summary>
internal sealed class UpCommand : NaqCommand
{
    private readonly Option<string?> _config = Opt.Text("--config", "FILE", "The pools: Naq's own shape or a SCALING_CONFIG (default: naq.json, else one pool on the queue 'default').");
    private readonly HealthOptions _health = new();
    private readonly AppOption _app = new();

    public UpCommand(string name, string description) : base(name, description)
    {
        Add(_config);
        _health.AddTo(this);
        _app.AddTo(this);
    }

    protected override LogLevel DefaultLogLevel => LogLevel.Information;

    protected override async Task<int> RunAsync(Invocation run, CancellationToken ct)
    {
        if (await _app.RunAsync(run, ct).ConfigureAwait(false) is { } code)
        {
            return code;
        }

        var (config, file) = ReadConfig(run);
        using var signals = new StopSignals(ignoreInterrupt: false);
        if (run.Address().IsLocal)
        {
            await OwnServer.StartAsync(run, ct).ConfigureAwait(false);
        }

        if (await run.OpenPatientlyAsync(signals.First).ConfigureAwait(false) is not { } broker)
        {
            return ExitCodes.Ok;
        }

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var processes = new ProcessTable(ProcessTable.ThisProgram, run.Shell.Error, run.Shell.Time);
        var host = new PoolHost(config, broker, processes, run.LogArguments, run.Shell.Time, run.Shell.Random, run.Loggers);
        var health = HealthPort.Open(_health.Read(run), run, broker, () => stop.IsCancellationRequested ? "draining" : null, mayWait: false);
        await using var serving = health.ConfigureAwait(false);
        var running = host.RunAsync(stop.Token);
        var watching = file is null
            ? Task.CompletedTask
            : new ConfigWatch(file, host.Reload, run.Shell.Time, run.Loggers.CreateLogger<ConfigWatch>()).RunAsync(stop.Token);
        _ = await Task.WhenAny(running, signals.First).ConfigureAwait(false);
        await stop.CancelAsync().ConfigureAwait(false);
        await watching.ConfigureAwait(false);
        await running.ConfigureAwait(false);
        return ExitCodes.Ok;
    }

    /// <summary>The pools, and the file to watch; null: there is none.</summary>
    private (ScalingConfig Config, string? File) ReadConfig(Invocation run)
    {
        if (run.Get(_config) is { } file)
        {
            var path = Path.GetFullPath(file, run.Shell.Directory);
            var config = ScalingConfigReader.ReadFile(path);
            return config.Pools.Length > 0 ? (config, path) : throw new NaqConfigurationException($"{file} has no pools: name at least one.");
        }

        var own = Path.Combine(run.Shell.Directory, NaqFile.Name);
        var found = File.Exists(own) ? ScalingConfigReader.ReadFile(own) : null;
        return found is { Pools.Length: > 0 }
            ? (found, own)
            : ((found ?? new(ScalingConfig.DefaultInterval, [])) with { Pools = [DefaultPool] }, found is null ? null : own);
    }

    private static PoolConfig DefaultPool { get; } = new() { Name = "default", Queues = ["default"] };
}
