using Naq.Nats.Wire;

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

        // A feed that has just run a job looks by itself for a while, so the jobs come further and further apart; and a question stands where the last one was.
        var pause = TimeSpan.FromMilliseconds(500);
        for (var jobs = 3; Log.Count(2124) == 0 && pause < TimeSpan.FromSeconds(30); jobs += 2, pause *= 2)
        {
            await EnqueueAsync(broker, Job() with { Priority = JobPriority.High });
            await Task.Delay(pause, Clock, Ct);

            // As if the process that stored it had died before it could hint at it.
            var job = Envelope.Of(Job());
            _ = await js.PublishAsync(new Subjects("naq").Of(job.Address), job.Payload, headers: job.Headers(), cancellationToken: Ct);
            await UntilAsync(() => Task.FromResult(worker.Ran.Count == jobs), TimeSpan.FromSeconds(10), "the job was found");
        }

        Assert.Contains("Queue main, lane 1: 1 jobs wait, and nobody hinted at them", Log.Text(2124), StringComparison.Ordinal);
        Assert.Contains(await broker.Jobs.DiagnoseAsync(Ct), static finding => finding is { Check: "stalls", Severity: Severity.Warning });
    }

    [Fact]
    public async Task A_consumer_that_does_not_deliver_is_made_as_it_must_be()
    {
        var server = await StartAsync();
        var broker = await OpenAsync(new NatsBrokerOptions { Url = server.Url, LeaseDuration = Lease, WatchEvery = TimeSpan.FromMilliseconds(500) });
        await EnqueueAsync(broker, Some(2));

        // Somebody has made it so that one job at a time may run, and has taken one for an hour.
        var js = Raw(server.Url);
        var config = (await js.GetConsumerAsync("NAQ_JOBS", "main-1", Ct)).Info.Config;
        (config.MaxAckPending, config.AckWait) = (1, TimeSpan.FromHours(1));
        var consumer = await js.CreateOrUpdateConsumerAsync("NAQ_JOBS", config, Ct);
        Assert.NotNull(await consumer.NextAsync<byte[]>(opts: new() { Expires = TimeSpan.FromSeconds(5) }, cancellationToken: Ct));
        var worker = await WorkAsync(broker, slots: 4);

        await UntilAsync(() => Task.FromResult(worker.Ran.Count > 0), TimeSpan.FromSeconds(20), "it delivers");
        Assert.InRange(Log.Count(2124), 1, 10);
    }
}
