using Microsoft.Extensions.Logging;
using Naq.Cluster;

namespace Naq.Workers;

internal sealed partial class Worker
{
    [LoggerMessage(1001, LogLevel.Information, "Worker {Worker} serves {Queues} with {Concurrency} slots")]
    private partial void LogServes(string worker, int concurrency, string queues);

    [LoggerMessage(1002, LogLevel.Information, "Worker {Worker} drains; {Running} jobs run")]
    private partial void LogDrains(string worker, int running);

    [LoggerMessage(1003, LogLevel.Information, "Worker {Worker} left: {Exit}")]
    private partial void LogLeft(string worker, WorkerExit exit);

    [LoggerMessage(1004, LogLevel.Information, "Worker {Worker} wants to be replaced because of its {Reason} (resident: {Bytes} bytes)")]
    private partial void LogRetires(string worker, string reason, long bytes);

    [LoggerMessage(1009, LogLevel.Error, "Worker {Worker} began with {Bytes} resident bytes, near its limit of {Limit}: a replacement would be as large, so it stays. Raise the limit.")]
    private partial void LogTooLarge(string worker, long bytes, long? limit);

    [LoggerMessage(1005, LogLevel.Information, "Worker {Worker} was told to {Command}")]
    private partial void LogCommanded(string worker, WorkerCommand command);

    [LoggerMessage(1006, LogLevel.Warning, "Jobs cannot be read now; trying again")]
    private partial void LogCannotRead(Exception error);

    [LoggerMessage(1007, LogLevel.Warning, "Commands to this worker cannot be read any more; signals still work")]
    private partial void LogCannotObey(Exception error);
}
