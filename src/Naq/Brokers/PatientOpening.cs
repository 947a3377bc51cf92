using Microsoft.Extensions.Logging;

namespace Naq.Brokers;

/// <summary>Opens a broker for whoever is of no use without it and has time: a worker or an autoscaler that starts while the broker is away.</summary>
/// <remarks>To end instead would leave the restart to whatever supervises the process, at its pace, and to nobody where nothing does.</remarks>
internal static partial class PatientOpening
{
    /// <summary>At work within some seconds of the broker's return, and no storm of connections from many workers.</summary>
    private static readonly RetryPolicy Again = RetryPolicy.Exponential(1, TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(5));

    /// <summary>Tries until the broker opens or <paramref name="stop"/> completes; then it returns null. A reason is logged when it is new.</summary>
    /// <exception cref="NaqConfigurationException">What no patience mends.</exception>
    public static async Task<Broker?> OpenAsync(
        Func<CancellationToken, ValueTask<Broker>> open, TimeProvider time, Random random, ILogger log, CancellationToken stop)
    {
        string? said = null;
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                var broker = await open(stop).ConfigureAwait(false);
                if (said is not null)
                {
                    LogOpened(log, attempt);
                }

                return broker;
            }
            catch (BrokerUnavailableException away)
            {
                if (away.Message != said)
                {
                    LogUnavailable(log, away.Message);
                    said = away.Message;
                }
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return null;
            }

            await Task.Delay(Again.DelayAfter(attempt, random), time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (stop.IsCancellationRequested)
            {
                return null;
            }
        }
    }

    [LoggerMessage(1040, LogLevel.Warning, "{Reason}. It is tried again until it can be used")]
    private static partial void LogUnavailable(ILogger log, string reason);

    [LoggerMessage(1041, LogLevel.Information, "The broker can be used, at attempt {Attempt}")]
    private static partial void LogOpened(ILogger log, int attempt);
}
