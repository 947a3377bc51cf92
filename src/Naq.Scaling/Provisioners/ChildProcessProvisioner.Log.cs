using Microsoft.Extensions.Logging;

namespace Naq.Scaling.Provisioners;

internal sealed partial class ChildProcessProvisioner
{
    [LoggerMessage(5101, LogLevel.Information, "Pool {Pool}: worker {Replica} started, pid {Pid}")]
    private partial void LogStart(string pool, string replica, int pid);

    [LoggerMessage(5102, LogLevel.Information, "Pool {Pool}: worker {Replica} adopted, pid {Pid}")]
    private partial void LogAdopt(string pool, string replica, int pid);

    [LoggerMessage(5103, LogLevel.Information, "Pool {Pool}: worker {Replica} is asked to drain")]
    private partial void LogStop(string pool, string replica);

    [LoggerMessage(5104, LogLevel.Information, "Pool {Pool}: worker {Replica} left by itself with exit code {ExitCode}")]
    private partial void LogExit(string pool, string replica, int? exitCode);

    [LoggerMessage(5105, LogLevel.Warning, "Pool {Pool}: a worker crashed, {Crashes} in a row; the next start waits {Delay}")]
    private partial void LogBackoff(string pool, int crashes, TimeSpan delay);

    [LoggerMessage(5106, LogLevel.Error, "Pool {Pool}: a worker could not be started; the next start waits {Delay}")]
    private partial void LogStartFailed(Exception error, string pool, TimeSpan delay);

    [LoggerMessage(5107, LogLevel.Error, "Pool {Pool}: {Count} workers did not drain within {Patience} and were killed")]
    private partial void LogKilled(string pool, int count, TimeSpan patience);
}
