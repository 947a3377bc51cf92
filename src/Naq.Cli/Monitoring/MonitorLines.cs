using Naq.Cli.Output;
using Naq.Cli.Shells;

namespace Naq.Cli.Monitoring;

/// <summary>Writes each frame as one line of JSON, at once.</summary>
internal sealed class MonitorLines(Shell shell, Renderer output) : IMonitorOutput
{
    public bool IsPaused => false;

    public void Show(MonitorFrame frame)
    {
        output.Line(MonitorDocument.View, DocumentOf(frame));
        shell.Out.Flush();
    }

    private static MonitorDocument DocumentOf(MonitorFrame frame) => new(frame.At)
    {
        Error = frame.Fault?.Reason,
        UnreadableSince = frame.Fault?.Since,
        Queues = frame.Fault is null ? [.. frame.Queues.Select(static q => MonitoredQueue.Of(q.Counts, q.EnqueuedPerSecond, q.CompletedPerSecond))] : null,
        Workers = frame.Fault is null ? [.. frame.Workers.Select(MonitoredWorker.Of)] : null,
        Pools = frame.Fault is null ? [.. frame.Pools.Select(pool => MonitoredPool.Of(pool.Pool, pool.Desired, frame.WorkersOf(pool.Pool), pool.Decisions.FirstOrDefault()))] : null,
    };
}
