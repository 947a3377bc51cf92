using Microsoft.Extensions.Logging;

namespace Naq.Scaling;

internal sealed partial class PoolScaler
{
    [LoggerMessage(5001, LogLevel.Information, "Pool {Pool}: {Decision}")]
    private partial void LogDecision(string pool, string decision);

    [LoggerMessage(5002, LogLevel.Warning, "Pool {Pool}: holds, as something is unknown: {Reason}")]
    private partial void LogUnknown(string pool, string reason);

    [LoggerMessage(5003, LogLevel.Information, "Pool {Pool}: everything is known again")]
    private partial void LogKnownAgain(string pool);

    [LoggerMessage(5004, LogLevel.Warning, "Pool {Pool}: nothing is done, as a leader after epoch {Epoch} has decided")]
    private partial void LogStale(string pool, long epoch);

    [LoggerMessage(5005, LogLevel.Warning, "Pool {Pool}: {Decision}")]
    private partial void LogAlert(string pool, string decision);
}
