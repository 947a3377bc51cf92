using Naq.Nats.Tests.Faults;

namespace Naq.Nats.Tests;

/// <summary>What one process does to queues is news to the others, and news takes a moment.</summary>
public sealed class QueueNewsTests : FaultTest
{
    /// <summary>Forty times: who asks by name must not depend on when the news of a queue arrives.</summary>
    [Fact]
    public async Task A_queue_that_another_process_has_just_made_is_asked_for()
    {
        var server = await StartAsync();
        var (producer, other) = (await OpenAsync(server.Url), await OpenAsync(server.Url));
        var queues = ((NatsJobStore)other.Jobs).Queues;
        for (var i = 0; i < 40; i++)
        {
            await EnqueueAsync(producer, Job() with { Queue = $"tenant-{i}" });

            var lane = Assert.Single(await queues.InfosAsync([$"tenant-{i}"], Ct));
            Assert.Equal(($"tenant-{i}", '1'), (lane.Queue, lane.Lane));
        }
    }

    [Fact]
    public async Task A_queue_that_nobody_has_made_is_none()
    {
        var server = await StartAsync();
        var broker = await OpenAsync(server.Url);

        Assert.Empty(await broker.Jobs.CountsAsync(["nobody-made-it"], Ct));
    }
}
