using Microsoft.Extensions.Time.Testing;
using Naq.Brokers;

namespace Naq.Tests;

/// <summary>What the memory broker promises beyond the conformance suite.</summary>
public sealed class MemoryBrokerTests : IAsyncDisposable
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(1);

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly Broker _broker;

    public MemoryBrokerTests() => _broker = MemoryBroker.Open(new() { LeaseDuration = Lease }, _time);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_claim_that_is_lost_before_it_is_read_is_not_delivered_and_costs_no_credit()
    {
        await using var feed = await _broker.Jobs.OpenFeedAsync(new FeedOptions([new("main")]) { Worker = "slow" }, Ct);
        feed.Grant(1);
        await EnqueueAsync();
        _time.Advance(Lease);

        var buffer = new ClaimedJob[10];
        var count = await InTimeAsync(feed.ReadAsync(buffer, Ct));

        Assert.Equal(1, count);
        Assert.Equal(1, buffer[0].Interruptions);
        Assert.Equal([SettleResult.Settled], await _broker.Jobs.SettleAsync([new(buffer[0].Lease, SettleKind.Succeed)], Ct));
    }

    [Fact]
    public async Task The_lease_of_a_claim_that_replaced_a_lost_one_ends_too()
    {
        await using var slow = await _broker.Jobs.OpenFeedAsync(new FeedOptions([new("main")]) { Worker = "slow" }, Ct);
        slow.Grant(1);
        await EnqueueAsync();
        _time.Advance(Lease + Tick);
        var buffer = new ClaimedJob[1];
        _ = await InTimeAsync(slow.ReadAsync(buffer, Ct));
        var seen = await _broker.Jobs.WaitForChangeAsync(0, Ct);
        var waiting = _broker.Jobs.WaitForChangeAsync(seen, Ct);

        _time.Advance(Lease + Tick);

        _ = await InTimeAsync(waiting);
        Assert.Equal(2, (await _broker.Jobs.FindAsync(buffer[0].Id, Ct))?.Interruptions);
    }

    [Fact]
    public async Task A_lease_ends_at_its_end_and_not_before()
    {
        await using var feed = await _broker.Jobs.OpenFeedAsync(new FeedOptions([new("main")]) { Worker = "w1" }, Ct);
        feed.Grant(1);
        await EnqueueAsync();
        var buffer = new ClaimedJob[1];
        _ = await feed.ReadAsync(buffer, Ct);

        _time.Advance(Lease - Tick);
        Assert.Equal([LeaseStatus.Held], await _broker.Jobs.ExtendAsync([buffer[0].Lease], Ct));
        _time.Advance(Lease);

        Assert.Equal([LeaseStatus.Lost], await _broker.Jobs.ExtendAsync([buffer[0].Lease], Ct));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public async Task A_wall_clock_that_jumps_neither_ends_nor_revives_a_lease(int hours)
    {
        var clock = new JumpingClock(_time);
        await using var broker = MemoryBroker.Open(new() { LeaseDuration = Lease }, clock);
        await using var feed = await broker.Jobs.OpenFeedAsync(new FeedOptions([new("main")]) { Worker = "w1" }, Ct);
        feed.Grant(1);
        _ = await broker.Jobs.EnqueueAsync([NewJob()], Ct);
        var buffer = new ClaimedJob[1];
        _ = await feed.ReadAsync(buffer, Ct);

        clock.Jump = TimeSpan.FromHours(hours);
        Assert.Equal([LeaseStatus.Held], await broker.Jobs.ExtendAsync([buffer[0].Lease], Ct));
        _time.Advance(Lease);

        Assert.Equal([LeaseStatus.Lost], await broker.Jobs.ExtendAsync([buffer[0].Lease], Ct));
    }

    [Fact]
    public async Task A_closed_broker_ends_its_feeds_and_refuses_calls()
    {
        await using var feed = await _broker.Jobs.OpenFeedAsync(new FeedOptions([new("main")]) { Worker = "w1" }, Ct);
        feed.Grant(1);
        var reading = feed.ReadAsync(new ClaimedJob[1], Ct);

        await _broker.DisposeAsync();

        Assert.Equal(0, await InTimeAsync(reading));
        _ = await Assert.ThrowsAsync<ObjectDisposedException>(EnqueueAsync);
        _ = Assert.Throws<ObjectDisposedException>(() => feed.Grant(1));
    }

    [Fact]
    public async Task A_watch_sees_an_expiry_though_nobody_writes()
    {
        _ = await _broker.Cluster.PutAsync("workers/w1", new byte[] { 1 }, null, Lease, Ct);
        await using var watch = _broker.Cluster.WatchAsync("workers/", Ct).GetAsyncEnumerator(Ct);
        Assert.True(await watch.MoveNextAsync());
        var next = watch.MoveNextAsync();

        _time.Advance(Lease + Tick);

        Assert.True(await InTimeAsync(next));
        Assert.Equal(new("workers/w1", null), watch.Current);
    }

    [Fact]
    public async Task What_was_trimmed_is_counted()
    {
        await using var small = MemoryBroker.Open(new() { MaxFinished = 1 }, _time);
        for (var i = 0; i < 3; i++)
        {
            var job = NewJob();
            _ = await small.Jobs.EnqueueAsync([job], Ct);
            _ = await small.Jobs.CancelAsync(job.Id, Ct);
        }

        var findings = await small.Jobs.DiagnoseAsync(Ct);

        Assert.Contains(findings, static finding => finding.Check == "trimmed" && finding.Text.StartsWith("2 ", StringComparison.Ordinal));
    }

    [Fact]
    public void Options_say_everything_that_is_wrong_with_them()
    {
        var error = Assert.Throws<NaqConfigurationException>(static () => MemoryBroker.Open(new() { LeaseDuration = TimeSpan.Zero, MaxDead = -1 }));

        Assert.Contains("lease", error.Message, StringComparison.Ordinal);
        Assert.Contains("negative", error.Message, StringComparison.Ordinal);
    }

    public ValueTask DisposeAsync() => _broker.DisposeAsync();

    /// <summary>Waits for what must come, and fails where it does not.</summary>
    private static Task<T> InTimeAsync<T>(ValueTask<T> task) => task.AsTask().WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System, Ct);

    private NewJob NewJob() => new(JobId.New(_time), "test.job", "main", JobPriority.Normal, "{}"u8.ToArray(), JobSettings.Default)
    {
        EnqueuedAt = _time.GetUtcNow(),
    };

    private async Task EnqueueAsync() => _ = await _broker.Jobs.EnqueueAsync([NewJob()], Ct);

    /// <summary>A clock whose wall time jumps while its monotonic time goes on.</summary>
    private sealed class JumpingClock(FakeTimeProvider time) : TimeProvider
    {
        public TimeSpan Jump { get; set; }

        public override long TimestampFrequency => time.TimestampFrequency;

        public override long GetTimestamp() => time.GetTimestamp();

        public override DateTimeOffset GetUtcNow() => time.GetUtcNow() + Jump;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            time.CreateTimer(callback, state, dueTime, period);
    }
}
