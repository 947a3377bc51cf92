namespace Naq.Nats.Tests;

/// <summary>The spike against a real server: a tenant of its own for each test.</summary>
public sealed class NatsUnderTest : BrokerUnderTest
{
    public override async ValueTask<Broker> OpenAsync(ConformanceOptions options, CancellationToken ct)
    {
        var server = await TestContext.Current.GetFixture<NatsServer>();
        var tenant = $"t{Guid.NewGuid():N}";
        return await NatsBroker.OpenAsync(new(server!.Address) { Root = tenant, LeaseDuration = options.LeaseDuration }, Time, ct);
    }

    public override string? Missing(Capability capability) => capability switch
    {
        Capability.FencedSuccess => null,
        Capability.Patterns => null,
        Capability.KeptPlace => "a job that comes back is published anew, at the end",
        Capability.FoundLosses => "JetStream tells a lost lease only by delivering the message again",
        _ => "not in the spike",
    };
}

public sealed class NatsEnqueue : EnqueueConformance<NatsUnderTest>;
public sealed class NatsUnique : UniqueConformance<NatsUnderTest>;
public sealed class NatsFeed : FeedConformance<NatsUnderTest>;
public sealed class NatsSettle : SettleConformance<NatsUnderTest>;
public sealed class NatsLease : LeaseConformance<NatsUnderTest>;
public sealed class NatsCancel : CancelConformance<NatsUnderTest>;
public sealed class NatsAdmin : AdminConformance<NatsUnderTest>;
public sealed class NatsQuery : QueryConformance<NatsUnderTest>;
