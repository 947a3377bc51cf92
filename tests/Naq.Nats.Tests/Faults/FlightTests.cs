namespace Naq.Nats.Tests.Faults;

/// <summary>Many jobs stored by one call.</summary>
public sealed class FlightTests : FaultTest
{
    [Fact]
    public async Task Jobs_whose_answers_are_lost_are_repeated_and_stored_once()
    {
        var server = await StartAsync();
        var network = Behind(server);
        var (broker, other) = (await OpenAsync(network.Url), await OpenAsync(server.Url));
        await EnqueueAsync(broker, Some(2));

        network.HoldAnswers();
        var enqueuing = broker.Jobs.EnqueueAsync(Some(1000), Ct).AsTask();
        await UntilAsync(async () => (await CountsAsync(other)).Ready > 2, TimeSpan.FromSeconds(10), "the server has some of them");
        network.Cut();
        network.Heal();

        Assert.All(await enqueuing, static answer => Assert.Equal(EnqueueStatus.Accepted, answer.Status));
        Assert.Equal(1002, (await CountsAsync(other)).Ready);
    }

    private static async Task<QueueCounts> CountsAsync(Broker broker) => Assert.Single(await broker.Jobs.CountsAsync([Queue], Ct));
}
