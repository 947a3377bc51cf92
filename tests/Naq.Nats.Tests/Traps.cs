using NATS.Client.JetStream.Models;
using Naq.Nats.Tests.Faults;

namespace Naq.Nats.Tests;

/// <summary>What JetStream does that one would not expect, and that this broker has to live with. Each was measured; the names say what is done about it.</summary>
public sealed class Traps : FaultTest
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task A_stale_ack_removes_a_redelivered_job_so_the_lease_is_checked_first()
    {
        var (broker, _) = await OpenAsync();
        await EnqueueAsync(broker, Job());
        var stale = await OneAsync(await FeedAsync(broker, Queue));
        var again = await OneAsync(await FeedAsync(broker, Queue));

        foreach (var kind in Enum.GetValues<SettleKind>())
        {
            Assert.Equal([SettleResult.LeaseLost], await broker.Jobs.SettleAsync([new(stale.Lease, kind)], Ct));
        }

        Assert.Equal((1, 0, 0), ((await CountsAsync(broker)).InFlight, (await CountsAsync(broker)).Ready, (await CountsAsync(broker)).Dead));
        Assert.True(again.Lease.Fence > stale.Lease.Fence);
        Assert.Equal([SettleResult.Settled], await broker.Jobs.SettleAsync([new(again.Lease, SettleKind.Succeed)], Ct));
    }

    [Fact]
    public async Task An_update_of_a_key_keeps_its_time_to_live()
    {
        var (broker, js) = await OpenAsync();
        var version = await broker.Cluster.PutAsync("workers/w1", "1"u8.ToArray(), 0, TimeSpan.FromSeconds(1), Ct);

        version = await broker.Cluster.PutAsync("workers/w1", "2"u8.ToArray(), version, TimeSpan.FromSeconds(1), Ct);

        Assert.NotNull(version);
        await UntilAsync(async () => await broker.Cluster.GetAsync("workers/w1", Ct) is null, TimeSpan.FromSeconds(3), "the key is over");
        await UntilAsync(async () => (await js.GetStreamAsync("KV_naq", new() { SubjectsFilter = "$KV.naq.workers.w1" }, Ct)).Info.State is { } state && state.LastSeq > (ulong)version, Patience, "the server removed it, too");
    }

    [Fact]
    public async Task A_time_to_live_has_whole_seconds_so_a_key_says_itself_when_it_is_over()
    {
        var (broker, _) = await OpenAsync();
        var put = Clock.GetTimestamp();
        _ = await broker.Cluster.PutAsync("leader/main", "1"u8.ToArray(), 0, TimeSpan.FromSeconds(1.1), Ct);

        await UntilAsync(async () => await broker.Cluster.GetAsync("leader/main", Ct) is null, Patience, "the key is over");

        // The server would keep it for two seconds.
        Assert.InRange(Clock.GetElapsedTime(put), TimeSpan.FromSeconds(1.05), TimeSpan.FromSeconds(1.9));
    }

    [Fact]
    public async Task A_paused_queue_wakes_at_once_when_resumed()
    {
        var (broker, _) = await OpenAsync();
        await EnqueueAsync(broker, Job());
        await broker.Jobs.SetQueueAsync(Queue, new() { IsPaused = true }, Ct);
        var feed = await FeedAsync(broker, Queue);
        feed.Grant(1);
        await Task.Delay(TimeSpan.FromMilliseconds(500), Clock, Ct);
        Assert.Equal(1, (await CountsAsync(broker)).Ready);

        var resumed = Clock.GetTimestamp();
        await broker.Jobs.SetQueueAsync(Queue, new() { IsPaused = false }, Ct);
        _ = Assert.Single(await ReadAsync(feed, 1, Patience));

        Assert.InRange(Clock.GetElapsedTime(resumed), TimeSpan.Zero, TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task A_pull_beyond_the_bound_of_unacknowledged_jobs_ends()
    {
        var (broker, js) = await OpenAsync(TimeSpan.FromSeconds(20));
        await EnqueueAsync(broker, Some(8));
        var consumer = (await js.GetConsumerAsync("NAQ_JOBS", "main-1", Ct)).Info.Config;
        consumer.MaxAckPending = 5;
        _ = await js.CreateOrUpdateConsumerAsync("NAQ_JOBS", consumer, Ct);
        var feed = await FeedAsync(broker, Queue);
        var first = await TakeAsync(feed, 5, Patience);
        feed.Grant(20);

        var stopping = Clock.GetTimestamp();
        await feed.StopAsync(Ct);
        Assert.InRange(Clock.GetElapsedTime(stopping), TimeSpan.Zero, TimeSpan.FromSeconds(1));

        _ = await broker.Jobs.SettleAsync([.. first.Select(static job => new Settlement(job.Lease, SettleKind.Succeed))], Ct);
        var rest = await TakeAsync(feed, 3, Patience);
        Assert.Equal(8, first.Concat(rest).DistinctBy(static job => job.Id).Count());
        Assert.All(rest, static job => Assert.Equal(0, job.Interruptions));
    }

    [Fact]
    public async Task A_fired_schedule_leaves_no_header_that_schedules_again()
    {
        var (broker, js) = await OpenAsync(TimeSpan.FromSeconds(20));
        var job = Job() with { RunAt = Clock.GetUtcNow() + TimeSpan.FromSeconds(1.2) };
        await EnqueueAsync(broker, job);
        var feed = await FeedAsync(broker, Queue);
        var fired = await OneAsync(feed);
        _ = await broker.Jobs.SettleAsync([new(fired.Lease, SettleKind.HandBack)], Ct);

        var stored = await HeadersAsync(js, job.Id);
        Assert.DoesNotContain(stored, static header => header.StartsWith("Nats-Schedule", StringComparison.Ordinal));
        var again = await OneAsync(feed);
        Assert.Equal((job.Id, 1, 0), (again.Id, again.Attempt, again.Interruptions));
        _ = await broker.Jobs.SettleAsync([new(again.Lease, SettleKind.Succeed)], Ct);
        Assert.Equal((0, 0, 0), ((await CountsAsync(broker)).Ready, (await CountsAsync(broker)).Scheduled, (await CountsAsync(broker)).InFlight));
    }

    [Fact]
    public async Task A_schedule_is_late_so_a_delay_below_a_second_is_kept_by_the_feed_and_its_early_delivery_is_no_interruption()
    {
        var (broker, js) = await OpenAsync(TimeSpan.FromSeconds(20));
        var due = Clock.GetUtcNow() + TimeSpan.FromMilliseconds(600);
        var job = Job() with { RunAt = due };
        var feed = await FeedAsync(broker, Queue);
        feed.Grant(1);
        await EnqueueAsync(broker, job);

        Assert.DoesNotContain(await HeadersAsync(js, job.Id), static header => header == "Nats-Schedule");
        var claimed = Assert.Single(await ReadAsync(feed, 1, Patience));

        Assert.True(Clock.GetUtcNow() >= due);
        Assert.Equal((1, 0), (claimed.Attempt, claimed.Interruptions));
    }

    [Fact]
    public async Task A_delayed_nak_holds_a_place_so_a_long_retry_is_a_schedule()
    {
        var (broker, js) = await OpenAsync();
        await EnqueueAsync(broker, Job());
        var claimed = await OneAsync(await FeedAsync(broker, Queue));

        _ = await broker.Jobs.SettleAsync([new(claimed.Lease, SettleKind.Retry) { DueAt = Clock.GetUtcNow() + TimeSpan.FromHours(1) }], Ct);

        Assert.Equal((0, 1), ((await CountsAsync(broker)).InFlight, (await CountsAsync(broker)).Scheduled));
        Assert.Equal(0, (await js.GetConsumerAsync("NAQ_JOBS", "main-1", Ct)).Info.NumAckPending);
    }

    [Fact]
    public async Task The_enqueues_id_is_not_used_again_or_a_retry_would_be_dropped_as_a_duplicate()
    {
        var (broker, _) = await OpenAsync(TimeSpan.FromSeconds(20));
        await EnqueueAsync(broker, Job());
        var feed = await FeedAsync(broker, Queue);

        for (var attempt = 1; attempt <= 4; attempt++)
        {
            var claimed = await OneAsync(feed);
            Assert.Equal(attempt, claimed.Attempt);
            _ = await broker.Jobs.SettleAsync([new(claimed.Lease, SettleKind.Retry) { DueAt = Clock.GetUtcNow() }], Ct);
        }
    }

    [Fact]
    public async Task A_purge_is_invisible_to_who_runs_so_a_claimed_job_is_asked_to_end()
    {
        var (broker, _) = await OpenAsync(TimeSpan.FromSeconds(20));
        await EnqueueAsync(broker, Some(2));
        var claimed = await OneAsync(await FeedAsync(broker, Queue));

        Assert.Equal(CancelResult.Requested, await broker.Jobs.CancelAsync(claimed.Id, Ct));
        Assert.Equal(1, await broker.Jobs.PurgeAsync(Queue, Ct));

        await UntilAsync(async () => Assert.Single(await broker.Jobs.ExtendAsync([claimed.Lease], Ct)) == LeaseStatus.CancelRequested, Patience, "the worker is told");
        Assert.Equal([SettleResult.Settled], await broker.Jobs.SettleAsync([new(claimed.Lease, SettleKind.Cancelled)], Ct));
        Assert.Equal(JobState.Cancelled, (await broker.Jobs.FindAsync(claimed.Id, Ct))?.State);
    }

    [Fact]
    public async Task A_ready_subject_does_not_see_a_schedule_so_a_key_is_expected_in_every_stage()
    {
        var (broker, _) = await OpenAsync(TimeSpan.FromSeconds(20));
        var key = UniqueKey.Of("test.job", new("key"));
        var scheduled = Job() with { Unique = key, RunAt = Clock.GetUtcNow() + TimeSpan.FromHours(1) };
        await EnqueueAsync(broker, scheduled);

        var second = Assert.Single(await broker.Jobs.EnqueueAsync([Job("other") with { Unique = key }], Ct));

        Assert.Equal(new(scheduled.Id, EnqueueStatus.Duplicate), second);
    }

    [Fact]
    public async Task A_work_queue_refuses_overlapping_consumers_so_all_feeds_share_one_a_lane_and_leave_it()
    {
        var (broker, js) = await OpenAsync(TimeSpan.FromSeconds(20));
        await EnqueueAsync(broker, Some(3));
        var made = (await js.GetConsumerAsync("NAQ_JOBS", "main-1", Ct)).Info;

        foreach (var source in (string[])["main", "ma*", "*"])
        {
            var feed = await FeedAsync(broker, source);
            var claimed = await OneAsync(feed);
            _ = await broker.Jobs.SettleAsync([new(claimed.Lease, SettleKind.Succeed)], Ct);
            await feed.DisposeAsync();
        }

        var left = new List<ConsumerInfo>();
        await foreach (var consumer in js.ListConsumersAsync("NAQ_JOBS", Ct))
        {
            left.Add(consumer.Info);
        }

        var only = Assert.Single(left);
        Assert.Equal((made.Name, made.Created), (only.Name, only.Created));
    }

    [Fact]
    public async Task The_server_leaves_a_message_at_its_last_delivery_so_it_never_counts_to_one()
    {
        var (broker, js) = await OpenAsync();
        await EnqueueAsync(broker, Job(), Job() with { RunAt = Clock.GetUtcNow() + TimeSpan.FromHours(1) });

        var bounds = new List<long>();
        await foreach (var consumer in js.ListConsumersAsync("NAQ_JOBS", Ct))
        {
            bounds.Add(consumer.Info.Config.MaxDeliver);
        }

        Assert.Equal([-1, -1], bounds);
    }

    [Fact]
    public async Task A_client_fetches_ahead_so_pulls_are_our_own_and_take_what_was_granted()
    {
        var (broker, _) = await OpenAsync(TimeSpan.FromSeconds(20));
        await EnqueueAsync(broker, Some(20));
        var feed = await FeedAsync(broker, Queue);

        for (var claimed = 1; claimed <= 3; claimed++)
        {
            _ = await OneAsync(feed);
            Assert.Equal(claimed, (await CountsAsync(broker)).InFlight);
        }
    }

    [Fact]
    public async Task A_fired_schedule_carries_no_id_and_the_same_enqueue_is_a_duplicate_all_the_same()
    {
        var (broker, _) = await OpenAsync(TimeSpan.FromSeconds(20));
        var job = Job() with { RunAt = Clock.GetUtcNow() + TimeSpan.FromSeconds(1.2) };
        await EnqueueAsync(broker, job);
        var feed = await FeedAsync(broker, Queue);
        _ = await OneAsync(feed);

        Assert.Equal([new(job.Id, EnqueueStatus.Duplicate)], await broker.Jobs.EnqueueAsync([job], Ct));
        Assert.Equal((0, 0, 1), ((await CountsAsync(broker)).Ready, (await CountsAsync(broker)).Scheduled, (await CountsAsync(broker)).InFlight));
    }

    private async Task<(Broker Broker, NATS.Client.JetStream.NatsJSContext Server)> OpenAsync(TimeSpan? lease = null)
    {
        var server = await StartAsync();
        return (await OpenAsync(new NatsBrokerOptions { Url = server.Url, LeaseDuration = lease ?? Lease }), Raw(server.Url));
    }

    private static async Task<ClaimedJob> OneAsync(IJobFeed feed) => Assert.Single(await TakeAsync(feed, 1, Patience));

    private static async Task<QueueCounts> CountsAsync(Broker broker) => Assert.Single(await broker.Jobs.CountsAsync([Queue], Ct));

    /// <summary>The names of a job's headers, as the server keeps them.</summary>
    private static async Task<IReadOnlyCollection<string>> HeadersAsync(NATS.Client.JetStream.NatsJSContext js, JobId id)
    {
        var stream = await js.GetStreamAsync("NAQ_JOBS", cancellationToken: Ct);
        var stored = await stream.GetDirectAsync<byte[]>(new() { LastBySubj = $"naq.*.*.*.{id}" }, cancellationToken: Ct);
        return [.. (stored.Headers ?? []).Keys];
    }
}
