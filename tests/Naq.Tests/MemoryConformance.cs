using Microsoft.Extensions.Time.Testing;
using Naq.Brokers;
using Naq.Conformance;

namespace Naq.Tests;

public sealed class MemoryUnderTest : BrokerUnderTest
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    public override TimeProvider Time => _time;

    public override ValueTask<Broker> OpenAsync(ConformanceOptions options, CancellationToken ct)
    {
        var defaults = new MemoryBrokerOptions();
        return new(MemoryBroker.Open(
            new()
            {
                LeaseDuration = options.LeaseDuration,
                MaxFinished = options.MaxFinished ?? defaults.MaxFinished,
                MaxDead = options.MaxDead ?? defaults.MaxDead,
            },
            _time));
    }
}

public sealed class MemoryEnqueue : EnqueueConformance<MemoryUnderTest>;
public sealed class MemoryUnique : UniqueConformance<MemoryUnderTest>;
public sealed class MemoryFeed : FeedConformance<MemoryUnderTest>;
public sealed class MemorySettle : SettleConformance<MemoryUnderTest>;
public sealed class MemoryLease : LeaseConformance<MemoryUnderTest>;
public sealed class MemoryLone : LoneConformance<MemoryUnderTest>;
public sealed class MemoryCancel : CancelConformance<MemoryUnderTest>;
public sealed class MemoryAdmin : AdminConformance<MemoryUnderTest>;
public sealed class MemoryQuery : QueryConformance<MemoryUnderTest>;
public sealed class MemoryList : ListConformance<MemoryUnderTest>;
public sealed class MemoryResult : ResultConformance<MemoryUnderTest>;
public sealed class MemoryReport : ReportConformance<MemoryUnderTest>;
public sealed class MemoryCluster : ClusterConformance<MemoryUnderTest>;
public sealed class MemoryRandom : RandomConformance<MemoryUnderTest>;
