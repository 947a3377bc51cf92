using Microsoft.Extensions.Logging.Abstractions;
using Naq.Brokers;
using Naq.Sqlite.Machine;

namespace Naq.Sqlite.Tests;

/// <summary>A lone caller of a process without a worker writes in its own thread, unless it would have to wait there.</summary>
public sealed class LoneCallerTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("naq-lone-").FullName;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private string File => Path.Combine(_folder, "naq.db");

    [Fact]
    public async Task What_it_enqueues_is_stored_when_the_call_returns()
    {
        await using var broker = await OpenAsync(Durability.Normal);
        await EnqueueAsync(broker);
        for (var i = 0; i < 10; i++)
        {
            Assert.True(EnqueueAsync(broker).IsCompletedSuccessfully);
        }

        Assert.Equal(11, (await broker.Jobs.CountsAsync(["default"], Ct))[0].Ready);
    }

    [Fact]
    public async Task It_does_not_stand_in_line_behind_another_process()
    {
        await using var broker = await OpenAsync(Durability.Normal);
        await EnqueueAsync(broker);
        using var other = new WriteGate(new RunFolder(File));
        other.Enter();

        var waiting = EnqueueAsync(broker);
        Assert.False(waiting.IsCompleted);
        other.Exit();
        await waiting;

        Assert.Equal(2, (await broker.Jobs.CountsAsync(["default"], Ct))[0].Ready);
    }

    [Theory]
    [InlineData(Durability.Full)]
    [InlineData(Durability.Synced)]
    public async Task It_does_not_wait_for_the_disk(Durability durability)
    {
        await using var broker = await OpenAsync(durability);
        await EnqueueAsync(broker);
        var waited = 0;
        for (var i = 0; i < 20; i++)
        {
            var call = EnqueueAsync(broker);
            waited += call.IsCompleted ? 0 : 1;
            await call;
        }

        Assert.NotEqual(0, waited);
        Assert.Equal(21, (await broker.Jobs.CountsAsync(["default"], Ct))[0].Ready);
    }

    [Fact]
    public async Task Callers_of_two_brokers_on_one_file_store_each_job_once()
    {
        const int Callers = 8;
        const int Each = 200;
        await using var broker = await OpenAsync(Durability.Normal);
        await using var other = await OpenAsync(Durability.Normal);
        await EnqueueAsync(other);
        await Task.WhenAll(Enumerable.Range(0, Callers).Select(n => CallAsync(n < Callers / 2 ? broker : other)));

        Assert.Equal((Callers * Each) + 1, (await broker.Jobs.CountsAsync(["default"], Ct))[0].Ready);

        static async Task CallAsync(Broker broker)
        {
            await Task.Yield();
            for (var i = 0; i < Each; i++)
            {
                await EnqueueAsync(broker);
            }
        }
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static Task<IReadOnlyList<EnqueueResult>> EnqueueAsync(Broker broker) =>
        new JobClient(broker, TimeProvider.System).EnqueueRawAsync([new RawJob("test.job", "{}"u8.ToArray(), new())], Ct).AsTask();

    private ValueTask<Broker> OpenAsync(Durability durability) =>
        SqliteBroker.OpenAsync(new() { Path = File, Durability = durability }, TimeProvider.System, NullLoggerFactory.Instance, Ct);
}
