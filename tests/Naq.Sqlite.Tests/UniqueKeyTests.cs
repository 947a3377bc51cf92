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

    [Fact]
    public async Task Of_keys_that_are_freed_together_those_stay_that_have_a_period_or_a_new_job()
    {
        const int jobs = 130;
        await using (var broker = await OpenAsync(1000))
        {
            var client = new JobClient(broker, TimeProvider.System);
            _ = await client.EnqueueRawAsync([.. Enumerable.Range(0, jobs).Select(static number => Unique(number, number == 60 ? TimeSpan.FromHours(1) : null))], Ct);
            await RunAsync(broker, jobs);
            Assert.Equal(EnqueueStatus.Accepted, (await client.EnqueueRawAsync([Unique(7)], Ct))[0].Status);
        }

        Assert.Equal(2, Read(Keys));
        Assert.Equal(1, Read("SELECT count(*) FROM uniq JOIN ready ON ready.id = uniq.id"));
        Assert.Equal(1, Read("SELECT count(*) FROM uniq WHERE ended = 1 AND until IS NOT NULL"));
    }

    [Fact]
    public async Task Of_neighbours_those_keep_their_keys_that_still_wait()
    {
        await using (var broker = await OpenAsync(1000))
        {
            _ = await new JobClient(broker, TimeProvider.System).EnqueueRawAsync([.. Enumerable.Range(100, 30).Select(static number => Unique(number))], Ct);
            await RunAsync(broker, 20);
        }

        Assert.Equal(10, Read(Keys));
        Assert.Equal(10, Read("SELECT count(*) FROM uniq JOIN ready ON ready.id = uniq.id"));
    }

    [Fact]
    public async Task A_bulk_takes_the_keys_that_are_free_or_left_and_each_once()
    {
        // Of 20 jobs 10 have ended: their keys are not freed yet. Some keys stand in the bulk twice.
        const int jobs = 2300;
        await using (var broker = await OpenAsync(1000))
        {
            var client = new JobClient(broker, TimeProvider.System);
            EnqueueResult[] before = [.. await client.EnqueueRawAsync([.. Enumerable.Range(0, 20).Select(static number => Unique(number))], Ct)];
            await RunAsync(broker, 10);
            int[] numbers = [.. Enumerable.Range(0, jobs), 5, 15, 1100, 2299];

            EnqueueResult[] results = [.. await client.EnqueueRawAsync([.. numbers.Select(static number => Unique(number))], Ct)];

            Assert.Equal(before[10..20].Select(static result => result.Id), results[10..20].Select(static result => result.Id));
            Assert.Equal([results[5].Id, before[15].Id, results[1100].Id, results[2299].Id], results[jobs..].Select(static result => result.Id));
            Assert.All(results[10..20].Concat(results[jobs..]), static result => Assert.Equal(EnqueueStatus.Duplicate, result.Status));
            Assert.All(results[..10].Concat(results[20..jobs]), static result => Assert.Equal(EnqueueStatus.Accepted, result.Status));
        }

        Assert.Equal(jobs, Read(Keys));
        Assert.Equal(jobs, Read("SELECT count(*) FROM uniq JOIN ready ON ready.id = uniq.id"));
        Assert.Equal(10 + jobs, Read("SELECT count(*) FROM job"));
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
        await RunAsync(broker, 1);
    }

    private static async Task RunAsync(Broker broker, int jobs)
    {
        await using var feed = await broker.Jobs.OpenFeedAsync(new([new("default")]) { Worker = "w" }, Ct);
        feed.Grant(jobs);
        var claimed = new ClaimedJob[jobs];
        for (var count = 0; count < jobs;)
        {
            count += await feed.ReadAsync(claimed.AsMemory(count), Ct);
        }

        var results = await broker.Jobs.SettleAsync([.. claimed.Select(static job => new Settlement(job.Lease, SettleKind.Succeed))], Ct);
        Assert.All(results, static result => Assert.Equal(SettleResult.Settled, result));
    }

    private static RawJob Unique(int number, TimeSpan? period = null) => new("test.job", "{}"u8.ToArray(), new() { Unique = new($"key {number}", period) });

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
