using NATS.Client.Core;
using Naq.Nats.Tests.Faults;

namespace Naq.Nats.Tests;

/// <summary>Whoever stores a job tells idle workers of its lane, and the server tells of what its schedules fire.</summary>
public sealed class HintTests : FaultTest
{
    [Fact]
    public async Task A_job_is_hinted_at_by_whoever_stores_it_and_a_fired_one_by_the_server()
    {
        var server = await StartAsync();
        var broker = await OpenAsync(new NatsBrokerOptions { Url = server.Url, LeaseDuration = Lease });
        await using var listener = new NatsConnection(new() { Url = server.Url });
        await using var hints = await listener.SubscribeCoreAsync<byte[]>("naq.h.>", cancellationToken: Ct);
        _ = await listener.PingAsync(Ct);

        await EnqueueAsync(broker, Job());
        Assert.Equal("naq.h.p.main.1.-", await NextAsync());

        await EnqueueAsync(broker, [.. Some(3), Job() with { Priority = JobPriority.High }]);
        string[] flight = [await NextAsync(), await NextAsync()];
        Assert.Equal(["naq.h.p.main.0.-", "naq.h.p.main.1.-"], flight.Order(StringComparer.Ordinal));

        var fired = Job() with { RunAt = Clock.GetUtcNow() + TimeSpan.FromSeconds(1.5) };
        await EnqueueAsync(broker, fired);
        Assert.Equal($"naq.h.f.main.1.{fired.Id}", await NextAsync());

        // A refused one is no news.
        var unique = Job() with { Unique = new(default, null) };
        await EnqueueAsync(broker, unique);
        Assert.Equal("naq.h.p.main.1.-", await NextAsync());
        var again = await broker.Jobs.EnqueueAsync([unique with { Id = JobId.New(Clock) }], Ct);
        Assert.Equal(EnqueueStatus.Duplicate, again[0].Status);
        await EnqueueAsync(broker, Job("other"));
        Assert.Equal("naq.h.p.other.1.-", await NextAsync());

        async Task<string> NextAsync()
        {
            using var patience = Within(TimeSpan.FromSeconds(10));
            return (await hints.Msgs.ReadAsync(patience.Token)).Subject;
        }
    }
}
