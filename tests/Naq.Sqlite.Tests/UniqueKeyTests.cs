using Microsoft.Extensions.Logging.Abstractions;
using Naq.Brokers;
using Naq.Sqlite.Engine;

namespace Naq.Sqlite.Tests;

/// <summary>The key of a job that succeeded is freed a little later, with others: a process that dies before leaves its row behind.</summary>
public sealed class UniqueKeyTests : IDisposable
{
    private const string Keys = "SELECT count(*) FROM uniq";

    private readonly string _folder = Directory.CreateTempSubdirectory("naq-unique-").FullName;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private string File => Path.Combine(_folder, "naq.db");

    [Fact]
    public async Task A_worker_that_closes_leaves_no_key_of_an_ended_job()
    {
        await using (var broker = await OpenAsync(10))
        {
            await RunOneAsync(broker);
        }

        Assert.Equal(0, Read(Keys));
    }

    [Fact]
    public async Task A_key_that_a_dead_process_left_is_taken_over()
    {
        await using (var broker = await OpenAsync(10))
        {
            await RunOneAsync(broker);
        }

        LeaveKeys();
        await using (var broker = await OpenAsync(10))
        {
            Assert.Equal(EnqueueStatus.Accepted, await EnqueueAsync(broker));
            Assert.Equal(EnqueueStatus.Duplicate, await EnqueueAsync(broker));
        }

        Assert.Equal(1, Read(Keys));
    }

    [Fact]
    public async Task A_key_that_a_dead_process_left_goes_with_the_record_of_its_job()
    {
        await using (var broker = await OpenAsync(1))
        {
            await RunOneAsync(broker);
        }

        LeaveKeys();
        await using (var broker = await OpenAsync(1))
        {
            await RunOneAsync(broker, "another");
        }

        Assert.Equal(0, Read(Keys));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private ValueTask<Broker> OpenAsync(int maxFinished) =>
        SqliteBroker.OpenAsync(new() { Path = File, MaxFinished = maxFinished }, TimeProvider.System, NullLoggerFactory.Instance, Ct);

    private static async Task<EnqueueStatus> EnqueueAsync(Broker broker, string key = "key")
    {
        var client = new JobClient(broker, TimeProvider.System);
        return (await client.EnqueueRawAsync([new("test.job", "{}"u8.ToArray(), new() { Unique = new(key) })], Ct))[0].Status;
    }

    private static async Task RunOneAsync(Broker broker, string key = "key")
    {
        Assert.Equal(EnqueueStatus.Accepted, await EnqueueAsync(broker, key));
        await using var feed = await broker.Jobs.OpenFeedAsync(new([new("default")]) { Worker = "w" }, Ct);
        feed.Grant(1);
        var claimed = new ClaimedJob[1];
        Assert.Equal(1, await feed.ReadAsync(claimed, Ct));
        Assert.Equal([SettleResult.Settled], await broker.Jobs.SettleAsync([new(claimed[0].Lease, SettleKind.Succeed)], Ct));
    }

    private void LeaveKeys()
    {
        using var database = Database.Open(File, create: false);
        database.Execute("INSERT OR REPLACE INTO uniq(key, id) SELECT uniq, id FROM job");
    }

    private long Read(string sql)
    {
        using var database = Database.Open(File, create: false);
        return database.Scalar(sql);
    }
}
