using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Naq.Brokers;
using Naq.Conformance;

namespace Naq.Sqlite.Tests;

/// <summary>SQLite in real files, on the machine's clock: leases and delays are waited for.</summary>
public class SqliteUnderTest : BrokerUnderTest
{
    private readonly string _folder = Directory.CreateTempSubdirectory("naq-sqlite-").FullName;

    public override ValueTask<Broker> OpenAsync(ConformanceOptions options, CancellationToken ct)
    {
        var sqlite = new SqliteBrokerOptions { Path = Path.Combine(_folder, "naq.db"), LeaseDuration = options.LeaseDuration };
        sqlite = options.MaxFinished is { } finished ? sqlite with { MaxFinished = finished } : sqlite;
        sqlite = options.MaxDead is { } dead ? sqlite with { MaxDead = dead } : sqlite;
        return SqliteBroker.OpenAsync(sqlite, Time, NullLoggerFactory.Instance, ct);
    }

    /// <summary>Another session on the same file: what another process would have.</summary>
    public override ValueTask<Broker> OpenAnotherAsync(ConformanceOptions options, CancellationToken ct) => OpenAsync(options, ct);

    public override string? Missing(Capability capability) => null;

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
        GC.SuppressFinalize(this);
    }
}

/// <summary>The same, on a clock that the tests advance.</summary>
public sealed class SqliteWithFakeClock : SqliteUnderTest
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    public override TimeProvider Time => _time;

    public override string? Missing(Capability capability) =>
        capability == Capability.SecondBroker ? "two processes share the machine's clock, not a fake one; the class on the real clock has these tests" : null;
}

public sealed class SqliteEnqueue : EnqueueConformance<SqliteWithFakeClock>;
public sealed class SqliteUnique : UniqueConformance<SqliteWithFakeClock>;
public sealed class SqliteFeed : FeedConformance<SqliteWithFakeClock>;
public sealed class SqliteSettle : SettleConformance<SqliteWithFakeClock>;
public sealed class SqliteLease : LeaseConformance<SqliteWithFakeClock>;
public sealed class SqliteLeaseOnRealClock : LeaseConformance<SqliteUnderTest>;
public sealed class SqliteLone : LoneConformance<SqliteWithFakeClock>;
public sealed class SqliteCancel : CancelConformance<SqliteWithFakeClock>;
public sealed class SqliteAdmin : AdminConformance<SqliteWithFakeClock>;
public sealed class SqliteQuery : QueryConformance<SqliteWithFakeClock>;
public sealed class SqliteList : ListConformance<SqliteWithFakeClock>;
public sealed class SqliteResult : ResultConformance<SqliteWithFakeClock>;
public sealed class SqliteReport : ReportConformance<SqliteWithFakeClock>;
public sealed class SqliteCluster : ClusterConformance<SqliteWithFakeClock>;
public sealed class SqliteRandom : RandomConformance<SqliteWithFakeClock>;
public sealed class SqliteSecondBroker : SecondBrokerConformance<SqliteUnderTest>;
