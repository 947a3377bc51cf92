using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Win32.SafeHandles;
using Naq.Brokers;
using Naq.Sqlite.Machine;

namespace Naq.Sqlite.Tests;

/// <summary>A sync of the log that fails: who waits is told, and nothing is acknowledged before the log was written anew. What power loss would do then is in <see cref="PowerLoss"/>.</summary>
public sealed class SyncFailureTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("naq-sync-").FullName;
    private readonly FailingDisk _disk = new();

    [Fact]
    public async Task An_enqueue_whose_sync_fails_may_be_stored_and_is_stored_once_when_repeated()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var broker = await OpenAsync(ct);
        var job = Job();
        _disk.FailuresLeft = 1;

        var unknown = await Assert.ThrowsAsync<EnqueueOutcomeUnknownException>(async () => await broker.Jobs.EnqueueAsync([job], ct));
        var repeated = await broker.Jobs.EnqueueAsync([job], ct);

        Assert.Equal([job.Id], unknown.Ids);
        Assert.Equal((job.Id, EnqueueStatus.Duplicate), (repeated[0].Id, repeated[0].Status));
        Assert.Equal(1, Assert.Single(await broker.Jobs.CountsAsync(null, ct)).Ready);
        Assert.NotEqual(0, _disk.RewrittenBytes);
    }

    [Fact]
    public async Task A_settlement_whose_sync_fails_says_that_the_broker_is_unavailable()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var broker = await OpenAsync(ct);
        _ = await broker.Jobs.EnqueueAsync([Job()], ct);
        await using var feed = await broker.Jobs.OpenFeedAsync(new([new("default")]) { Worker = "w" }, ct);
        feed.Grant(1);
        var claimed = new ClaimedJob[1];
        _ = await feed.ReadAsync(claimed, ct);
        _disk.FailuresLeft = 1;

        _ = await Assert.ThrowsAsync<BrokerUnavailableException>(async () => await broker.Jobs.SettleAsync([new(claimed[0].Lease, SettleKind.Succeed)], ct));

        // It was done all the same, and is not done twice.
        Assert.Equal([SettleResult.LeaseLost], await broker.Jobs.SettleAsync([new(claimed[0].Lease, SettleKind.Succeed)], ct));
        Assert.Equal(JobState.Succeeded, (await broker.Jobs.FindAsync(claimed[0].Id, ct))!.State);
    }

    [Fact]
    public async Task Nothing_is_acknowledged_as_long_as_the_log_cannot_be_written_anew()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var broker = await OpenAsync(ct);
        _disk.FailuresLeft = int.MaxValue;
        _ = await Assert.ThrowsAsync<EnqueueOutcomeUnknownException>(async () => await broker.Jobs.EnqueueAsync([Job()], ct));

        for (var i = 0; i < 3; i++)
        {
            _ = await Assert.ThrowsAsync<BrokerUnavailableException>(async () => await broker.Jobs.EnqueueAsync([Job()], ct));
        }

        _disk.FailuresLeft = 0;
        Assert.Equal(EnqueueStatus.Accepted, (await broker.Jobs.EnqueueAsync([Job()], ct))[0].Status);
    }

    [Fact]
    public async Task Who_opens_the_file_after_such_a_failure_writes_the_log_anew_before_it_acknowledges()
    {
        var ct = TestContext.Current.CancellationToken;
        await using (var broker = await OpenAsync(ct))
        {
            _disk.FailuresLeft = int.MaxValue;
            _ = await Assert.ThrowsAsync<EnqueueOutcomeUnknownException>(async () => await broker.Jobs.EnqueueAsync([Job()], ct));
        }

        var log = new FileInfo(Path.Combine(_folder, "naq.db-wal"));
        Assert.True(log.Exists, "The last connection has moved a log into the database that may not be on the disk.");
        (_disk.FailuresLeft, _disk.RewrittenBytes) = (0, 0);
        await using var next = await OpenAsync(ct);
        Assert.Equal(EnqueueStatus.Accepted, (await next.Jobs.EnqueueAsync([Job()], ct))[0].Status);

        Assert.InRange(_disk.RewrittenBytes, log.Length, long.MaxValue);
        Assert.Empty(Directory.GetFiles(Path.Combine(_folder, "naq.db-run"), "unsynced-*"));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static NewJob Job() =>
        new(JobId.New(TimeProvider.System), "test.job", "default", JobPriority.Normal, "{}"u8.ToArray(), JobSettings.Default) { EnqueuedAt = TimeProvider.System.GetUtcNow() };

    private ValueTask<Broker> OpenAsync(CancellationToken ct) => SqliteBroker.OpenAsync(
        new() { Path = Path.Combine(_folder, "naq.db"), Durability = Durability.Synced, LogDisk = _disk }, TimeProvider.System, NullLoggerFactory.Instance, ct);

    private sealed class FailingDisk : LogDisk
    {
        private readonly Lock _lock = new();
        private int _failuresLeft;
        private long _rewrittenBytes;

        public int FailuresLeft
        {
            get => Volatile.Read(ref _failuresLeft);
            set => Volatile.Write(ref _failuresLeft, value);
        }

        public long RewrittenBytes
        {
            get => Volatile.Read(ref _rewrittenBytes);
            set => Volatile.Write(ref _rewrittenBytes, value);
        }

        public override void Write(SafeFileHandle file, ReadOnlySpan<byte> bytes, long offset)
        {
            _ = Interlocked.Add(ref _rewrittenBytes, bytes.Length);
            base.Write(file, bytes, offset);
        }

        public override void Sync(SafeFileHandle file)
        {
            lock (_lock)
            {
                if (_failuresLeft > 0)
                {
                    _failuresLeft--;
                    throw new IOException("Input/output error");
                }
            }
        }
    }
}
