using System.Runtime.InteropServices;

/// <summary>The commands of every program here: <c>enqueue SECONDS JOBS</c>, <c>worker</c>, <c>latency COUNT</c>, and <c>whole SECONDS JOBS COUNT</c>, which is all of it in one process.</summary>
internal static class Peer
{
    public static async Task RunAsync(string[] args, Func<long, ValueTask> one, Func<int, ValueTask>? bulk, Func<CancellationToken, Task> start, Func<CancellationToken, Task> stop)
    {
        switch (args[0])
        {
            case "enqueue":
                await Producer.EnqueueAsync(double.Parse(args[1]), int.Parse(args[2]), one, bulk);
                break;
            case "latency":
                await Producer.LatencyAsync(int.Parse(args[1]), one);
                break;
            case "worker":
                await WorkAsync(start, stop, static () => Task.CompletedTask);
                break;
            case "whole":
                await Producer.EnqueueAsync(double.Parse(args[1]), int.Parse(args[2]), one, bulk);
                await WorkAsync(start, stop, async () =>
                {
                    // The harness says so when it has seen the last job.
                    while (await Console.In.ReadLineAsync() is { } line)
                    {
                        await Producer.LatencyAsync(int.Parse(line), one);
                    }
                });
                break;
            default:
                throw new ArgumentException(args[0]);
        }
    }

    private static async Task WorkAsync(Func<CancellationToken, Task> start, Func<CancellationToken, Task> stop, Func<Task> more)
    {
        var ended = new TaskCompletionSource();
        using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
        {
            context.Cancel = true;
            ended.TrySetResult();
        });
        Meter.Start();
        await start(default);
        await Task.WhenAny(ended.Task, more());
        await ended.Task;
        await stop(default);
    }
}
