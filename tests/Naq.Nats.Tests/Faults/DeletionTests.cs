namespace Naq.Nats.Tests.Faults;

/// <summary>Somebody deletes, with other tools, what the broker stands on.</summary>
public sealed class DeletionTests : FaultTest
{
    [Fact]
    public async Task A_deleted_consumer_is_made_again_and_said_so()
    {
        var server = await StartAsync();
        var broker = await OpenAsync(server.Url);
        var worker = await WorkAsync(broker, slots: 4);
        await EnqueueAsync(broker, Job());
        // Settled, too: what runs when its consumer goes is delivered again by the next one.
        await UntilAsync(
            async () => worker.Ran.Count == 1 && (await broker.Jobs.CountsAsync(null, Ct)).Sum(static queue => queue.Load) == 0, TimeSpan.FromSeconds(10), "it works");

        Assert.True(await Raw(server.Url).DeleteConsumerAsync("NAQ_JOBS", "main-1", Ct));
        await EnqueueAsync(broker, Some(20));

        await UntilAsync(() => Task.FromResult(worker.Ran.Count == 21), TimeSpan.FromSeconds(10), "it works again");
        Assert.Equal(1, Log.Count(2123));
        Assert.Contains("Queue main, lane 1", Log.Text(2123), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_deleted_stream_is_reported_and_not_made_again_by_who_runs()
    {
        var server = await StartAsync();
        var broker = await OpenAsync(server.Url);
        var worker = await WorkAsync(broker, slots: 4);
        await EnqueueAsync(broker, Job());
        await UntilAsync(() => Task.FromResult(worker.Ran.Count == 1), TimeSpan.FromSeconds(10), "it works");

        Assert.True(await Raw(server.Url).DeleteStreamAsync("NAQ_JOBS", Ct));

        _ = await Assert.ThrowsAsync<EnqueueOutcomeUnknownException>(async () => await broker.Jobs.EnqueueAsync([Job()], Ct));
        var error = await Assert.ThrowsAsync<BrokerUnavailableException>(async () => await broker.Jobs.DiagnoseAsync(Ct));
        Assert.Contains("stream not found", error.Message, StringComparison.Ordinal);

        // Whoever starts next makes it; those who ran all the time go on.
        _ = await OpenAsync(server.Url);
        await EnqueueAsync(broker, Some(5));
        await UntilAsync(() => Task.FromResult(worker.Ran.Count == 6), TimeSpan.FromSeconds(10), "it works again");
    }
}
