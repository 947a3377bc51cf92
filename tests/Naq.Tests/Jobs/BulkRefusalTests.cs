using Naq.Brokers;
using Naq.Tests.Testing;

namespace Naq.Tests.Jobs;

/// <summary>A bulk enqueue that fills its queue says how many of its jobs were stored, over all of its writes.</summary>
public sealed class BulkRefusalTests
{
    private static readonly CancellationToken Ct = TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_was_stored_is_counted_over_all_chunks()
    {
        const int room = JobClient.ChunkSize + 5;
        await using var broker = MemoryBroker.Open();
        await broker.Jobs.SetQueueAsync("small", new() { MaxLength = room }, Ct);
        var client = new JobClient(broker, TimeProvider.System);

        var refused = await Assert.ThrowsAsync<QueueFullException>(async () =>
            await client.EnqueueManyAsync(Enumerable.Repeat(new Parcel("Ada"), 3 * JobClient.ChunkSize), new() { Queue = "small" }, Ct));

        Assert.Contains($" {room} jobs of this call were stored.", refused.Message, StringComparison.Ordinal);
        Assert.Equal(room, (await broker.Jobs.CountsAsync(["small"], Ct))[0].Ready);
    }
}
