using Naq.Brokers;
using Naq.Workers;

namespace Naq.Tests.Workers;

public sealed class HeldTests
{
    [Fact]
    public async Task The_token_of_a_slot_is_not_fired_for_a_job_that_is_done_with_it()
    {
        await using var broker = MemoryBroker.Open();
        using var token = new CancellationTokenSource();
        var held = new Held(Job(), new(broker.Jobs, TimeProvider.System));
        Assert.True(held.TryStart(new() { Id = held.Job.Id, Type = "test.note", Queue = "default" }, token));

        held.Stopped();
        held.Cancel(CancelReason.LeaseLost);

        Assert.Equal((CancelReason.LeaseLost, false), (held.Cancelled, token.IsCancellationRequested));
    }

    [Fact]
    public async Task A_job_that_was_cancelled_before_it_began_begins_cancelled()
    {
        await using var broker = MemoryBroker.Open();
        using var token = new CancellationTokenSource();
        var held = new Held(Job(), new(broker.Jobs, TimeProvider.System));
        var context = new JobContext { Id = held.Job.Id, Type = "test.note", Queue = "default" };
        held.Cancel(CancelReason.Requested);

        Assert.True(held.TryStart(context, token));

        Assert.Equal((CancelReason.Requested, true), (context.CancelReason, token.IsCancellationRequested));
    }

    private static ClaimedJob Job() => new(new(JobId.New(TimeProvider.System), 1, 1, new()), "test.note", "default", JobPriority.Normal, "{}"u8.ToArray(), JobSettings.Default)
    {
        Attempt = 1,
        Interruptions = 0,
        EnqueuedAt = TimeProvider.System.GetUtcNow(),
        ReadyAt = TimeProvider.System.GetUtcNow(),
    };
}
