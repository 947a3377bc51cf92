using Microsoft.Extensions.Logging.Abstractions;

namespace Naq.Nats.Tests;

/// <summary>NATS against a real server: a prefix of its own for each test.</summary>
public sealed class NatsUnderTest : BrokerUnderTest
{
    private readonly string _prefix = $"t{Guid.NewGuid():N}";

    public override async ValueTask<Broker> OpenAsync(ConformanceOptions options, CancellationToken ct)
    {
        var server = await TestContext.Current.GetFixture<NatsServer>();
        var nats = new NatsBrokerOptions { Url = server!.Address, Prefix = _prefix, LeaseDuration = options.LeaseDuration };
        nats = options.MaxFinished is { } finished ? nats with { MaxFinished = finished } : nats;
        nats = options.MaxDead is { } dead ? nats with { MaxDead = dead } : nats;
        return await NatsBroker.OpenAsync(nats, Time, NullLoggerFactory.Instance, ct);
    }

    /// <summary>Another connection: what another process would have.</summary>
    public override ValueTask<Broker> OpenAnotherAsync(ConformanceOptions options, CancellationToken ct) => OpenAsync(options, ct);

    public override string? Missing(Capability capability) => capability switch
    {
        Capability.KeptPlace => "a job that comes back is published anew, at the end",
        Capability.FoundLosses => "JetStream tells a lost lease only by delivering the message again",
        _ => null,
    };
}

public sealed class NatsEnqueue : EnqueueConformance<NatsUnderTest>;
public sealed class NatsUnique : UniqueConformance<NatsUnderTest>;
public sealed class NatsFeed : FeedConformance<NatsUnderTest>;
public sealed class NatsSettle : SettleConformance<NatsUnderTest>;
public sealed class NatsLease : LeaseConformance<NatsUnderTest>;
public sealed class NatsLone : LoneConformance<NatsUnderTest>;
public sealed class NatsCancel : CancelConformance<NatsUnderTest>;
public sealed class NatsAdmin : AdminConformance<NatsUnderTest>;
public sealed class NatsQuery : QueryConformance<NatsUnderTest>;
public sealed class NatsList : ListConformance<NatsUnderTest>;
public sealed class NatsResult : ResultConformance<NatsUnderTest>;
public sealed class NatsReport : ReportConformance<NatsUnderTest>;
public sealed class NatsCluster : ClusterConformance<NatsUnderTest>;
public sealed class NatsRandom : RandomConformance<NatsUnderTest>;
public sealed class NatsSecondBroker : SecondBrokerConformance<NatsUnderTest>;
