using Microsoft.Extensions.Logging.Abstractions;
using Naq.Brokers;
using Naq.Sqlite.Engine;

namespace Naq.Sqlite.Tests;

/// <summary>Law 9: old and new run side by side; a process that meets a newer schema stops and says so.</summary>
public sealed class SchemaTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("naq-schema-").FullName;

    private string File => Path.Combine(_folder, "naq.db");

    [Fact]
    public async Task A_file_that_a_newer_build_changed_is_not_opened()
    {
        var ct = TestContext.Current.CancellationToken;
        await using (await OpenAsync(ct))
        {
        }

        Migrate();

        var refusal = await Assert.ThrowsAsync<BrokerUnavailableException>(async () => await OpenAsync(ct));
        Assert.Contains($"schema {Schema.Current + 1}", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_worker_whose_file_is_migrated_under_it_claims_no_more_and_says_why()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var broker = await OpenAsync(ct);
        var client = new JobClient(broker, TimeProvider.System);
        var feed = await broker.Jobs.OpenFeedAsync(new([new("default")]) { Worker = "w" }, ct);
        _ = await client.EnqueueRawAsync([new("test.job", "{}"u8.ToArray(), new())], ct);
        Migrate();

        feed.Grant(1);
        var refusal = await Assert.ThrowsAsync<BrokerUnavailableException>(
            async () => await client.EnqueueRawAsync([new("test.job", "{}"u8.ToArray(), new())], ct));

        Assert.Contains("Use the newer naq", refusal.Message, StringComparison.Ordinal);
        var counts = Assert.Single(await broker.Jobs.CountsAsync(null, ct));
        Assert.Equal((1, 0), (counts.Ready, counts.InFlight));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private ValueTask<Broker> OpenAsync(CancellationToken ct) =>
        SqliteBroker.OpenAsync(new() { Path = File }, TimeProvider.System, NullLoggerFactory.Instance, ct);

    /// <summary>What a migration of a newer build does besides its own changes: both versions go up in one transaction.</summary>
    private void Migrate()
    {
        using var database = Database.Open(File, create: false);
        database.Execute($"BEGIN IMMEDIATE; UPDATE counts SET n = n + 1 WHERE q = 0 AND s = {(int)Counter.ConfigVersion}; PRAGMA user_version = {Schema.Current + 1}; COMMIT");
    }
}
