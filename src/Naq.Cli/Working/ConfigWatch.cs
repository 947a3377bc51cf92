using Microsoft.Extensions.Logging;
using Naq.Scaling.Pools;

namespace Naq.Cli.Working;

/// <summary>Reads a configuration file again when it has changed. What is wrong is said once, and what was in force stays.</summary>
/// <param name="path">The file.</param>
/// <param name="reload">Puts a configuration in force.</param>
/// <param name="time">How often to look is measured by it.</param>
/// <param name="logger">Hears of refusals.</param>
internal sealed partial class ConfigWatch(string path, Action<ScalingConfig> reload, TimeProvider time, ILogger<ConfigWatch> logger)
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(2);

    private (DateTime WrittenAt, long Length) _seen = Stamp(path);

    /// <summary>Looks every two seconds until cancelled.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        using var timer = new PeriodicTimer(Period, time);
        try
        {
            while (await timer.WaitForNextTickAsync(ct).ConfigureAwait(false))
            {
                Look();
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // The autoscaler ends.
        }
    }

    /// <summary>Looks once.</summary>
    public void Look()
    {
        var stamp = Stamp(path);
        if (stamp == _seen)
        {
            return;
        }

        _seen = stamp;
        try
        {
            var config = ScalingConfigReader.ReadFile(path);
            if (config.Pools.IsEmpty)
            {
                throw new NaqConfigurationException($"{path} has no pools: name at least one.");
            }

            reload(config);
        }
        catch (NaqConfigurationException e)
        {
            LogRefused(Printable.Escape(path), Printable.Escape(e.Message.ReplaceLineEndings(" ")));
        }
    }

    private static (DateTime WrittenAt, long Length) Stamp(string path) =>
        new FileInfo(path) is { Exists: true } file ? (file.LastWriteTimeUtc, file.Length) : default;

    [LoggerMessage(5101, LogLevel.Warning, "{File} is not put in force, the old configuration stays: {Faults}")]
    private partial void LogRefused(string file, string faults);
}
