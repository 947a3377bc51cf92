using Microsoft.Extensions.Logging;

namespace Naq.Scaling;

internal sealed partial class Autoscaler
{
    [LoggerMessage(5011, LogLevel.Information, "This process leads the autoscalers, epoch {Epoch}")]
    private partial void LogLeads(long epoch);

    [LoggerMessage(5012, LogLevel.Error, "The autoscaler failed; it tries again every second")]
    private partial void LogFailed(Exception error);

    [LoggerMessage(5013, LogLevel.Information, "Another configuration is in force, {Pools} pools")]
    private partial void LogReloaded(int pools);
}
