namespace Naq.Nats.Tests.Faults;

/// <summary>Jobs wait, and nothing is delivered: the watchdog finds them, says so, and counts.</summary>
public sealed class WatchdogTests : FaultTest
{
    [Fact]
    public async Task Jobs_that_nobody_hinted_at_are_found_counted_and_logged()
    {
        var server = await StartAsync();
        var broker = await OpenAsync(new NatsBrokerOptions { Url = server.Url, LeaseDuration = Lease, WatchEvery = TimeSpan.FromMilliseconds(500) });
        var worker = await WorkAsync(broker, slots: 4);
        await EnqueueAsync(broker, Job());
        var js = Raw(server.Url);
        _ = await js.UpdateStreamAsync((await js.GetStreamAsync("NAQ_JOBS", cancellationToken: Ct)).Info.Config with { Republish = null }, Ct);

        // Until a queue is known to be idle, its feed looks by itself once in a while.
        var jobs = 1;
        await UntilAsync(
            async () =>
            {
                await EnqueueAsync(broker, Job());
                jobs++;
                await UntilAsync(() => Task.FromResult(worker.Ran.Count == jobs), TimeSpan.FromSeconds(10), "the job was found");
                return Log.Count(2124) > 0;
            }, TimeSpan.FromSeconds(60), "the watchdog found one");

        Assert.Contains("Queue main, lane 1: 1 jobs were not hinted at", Log.Text(2124), StringComparison.Ordinal);
        Assert.Contains(await broker.Jobs.DiagnoseAsync(Ct), static finding => finding is { Check: "stalls", Severity: Severity.Warning });
    }

    [Fact]
    public async Task A_consumer_that_does_not_deliver_is_made_as_it_must_be()
    {
        var server = await StartAsync();
        var broker = await OpenAsync(new NatsBrokerOptions { Url = server.Url, LeaseDuration = Lease, WatchEvery = TimeSpan.FromMilliseconds(500) });
        var worker = await WorkAsync(broker, slots: 4);
        await EnqueueAsync(broker, Job());
        await UntilAsync(() => Task.FromResult(worker.Ran.Count == 1), TimeSpan.FromSeconds(10), "it works");

        _ = await Raw(server.Url).PauseConsumerAsync("NAQ_JOBS", "main-1", Clock.GetUtcNow() + TimeSpan.FromHours(1), Ct);
        await EnqueueAsync(broker, Job());

        await UntilAsync(() => Task.FromResult(worker.Ran.Count == 2), TimeSpan.FromSeconds(20), "it was woken");
        Assert.InRange(Log.Count(2124), 1, 10);
    }
}
