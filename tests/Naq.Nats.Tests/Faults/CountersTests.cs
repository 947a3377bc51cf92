using Microsoft.Extensions.Logging.Abstractions;
using Naq.Nats.Queues;
using Naq.Nats.Server;

namespace Naq.Nats.Tests.Faults;

/// <summary>Counts wait for what was counted, and for no more.</summary>
public sealed class CountersTests : FaultTest
{
    [Fact]
    public async Task A_flush_ends_while_more_and_more_is_counted_and_nothing_is_counted_twice()
    {
        var server = await StartAsync();
        _ = await OpenAsync(server.Url);
        await using var link = new Link(new() { Url = server.Url }, Clock, NullLogger.Instance);
        await link.OpenAsync(Ct);
        var counters = new Counters(link);
        var (added, isOver) = (0L, false);
        var began = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var adding = new Thread(() =>
        {
            while (!Volatile.Read(ref isOver))
            {
                counters.Add(Queue, Departure.Succeeded, 1);
                added++;
                _ = began.TrySetResult();
            }
        });
        adding.Start();

        try
        {
            await began.Task.WaitAsync(TimeSpan.FromSeconds(20), Clock, Ct);
            for (var i = 0; i < 20; i++)
            {
                await counters.FlushAsync(Ct).AsTask().WaitAsync(TimeSpan.FromSeconds(20), Clock, Ct);
            }
        }
        finally
        {
            Volatile.Write(ref isOver, true);
            adding.Join();
        }

        await counters.FlushAsync(Ct);
        Assert.Equal(added, (await counters.ReadAsync([Queue], Ct))[Queue][Departure.Succeeded]);
    }
}
