namespace Naq.Conformance;

/// <summary>A feed delivers what it was granted, no more, and loses nothing.</summary>
public abstract class FeedConformance<TBroker> : BrokerConformance<TBroker> where TBroker : BrokerUnderTest, new()
{
    [Fact]
    public async Task No_more_jobs_arrive_than_were_granted_over_all_queues_and_classes()
    {
        foreach (var queue in (string[])["a", "b", "c"])
        {
            await EnqueueAsync([.. Enum.GetValues<JobPriority>().SelectMany(priority => Some(5, queue, priority))]);
        }

        var reader = await OpenAsync("a", "b", "c");
        var claimed = await reader.TakeAsync(7);

        Assert.Empty(await reader.StopAsync());
        Assert.Equal(7, claimed.DistinctBy(static job => job.Id).Count());
        Assert.Equal(7, (await Jobs.CountsAsync(null, Ct)).Sum(static counts => counts.InFlight));
    }

    [Fact]
    public async Task Credits_add_up()
    {
        await EnqueueAsync(Some(10));
        var reader = await OpenAsync(Queue);
        reader.Grant(2);
        reader.Grant(3);

        _ = await reader.ReadAsync(5);

        Assert.Empty(await reader.StopAsync());
    }

    [Fact]
    public async Task A_waiting_read_wakes_when_a_job_arrives()
    {
        var reader = await OpenAsync(Queue);
        var reading = reader.TakeAsync();
        var job = Job();

        await EnqueueAsync(job);

        Assert.Equal(job.Id, (await reading).Id);
    }

    [Fact]
    public async Task A_delayed_job_arrives_at_its_time_and_never_early()
    {
        var delayed = Job() with { RunAt = Now + Delay };
        await EnqueueAsync(delayed);
        var reader = await OpenAsync(Queue);
        reader.Grant(2);
        if (HasClock)
        {
            await PassAsync(Delay - TimeSpan.FromMilliseconds(1));
            var prompt = Job();
            await EnqueueAsync(prompt);
            Assert.Equal(prompt.Id, Assert.Single(await reader.ReadAsync(1)).Id);
        }

        var reading = reader.ReadAsync(1);
        await PassAsync(HasClock ? TimeSpan.FromMilliseconds(2) : TimeSpan.Zero);
        var claimed = Assert.Single(await reading);

        Assert.Equal(delayed.Id, claimed.Id);
        Assert.True(Now >= delayed.RunAt, $"It came at {Now:O}, due at {delayed.RunAt:O}.");
    }

    [Fact]
    public async Task Delayed_jobs_arrive_in_the_order_of_their_times()
    {
        var later = Job() with { RunAt = Now + (2 * Delay) };
        var sooner = Job() with { RunAt = Now + Delay };
        await EnqueueAsync(later, sooner);
        var reader = await OpenAsync(Queue);
        reader.Grant(2);

        await PassAsync(Delay + TimeSpan.FromMilliseconds(1));
        var first = Assert.Single(await reader.ReadAsync(1));
        await PassAsync(Delay);
        var second = Assert.Single(await reader.ReadAsync(1));

        Assert.Equal([sooner.Id, later.Id], [first.Id, second.Id]);
    }

    [Fact]
    public async Task Higher_classes_come_first()
    {
        var (low, normal, high) = (Job(priority: JobPriority.Low), Job(), Job(priority: JobPriority.High));
        await EnqueueAsync(low, normal, high);
        var reader = await OpenAsync(Queue);

        JobId[] order = [(await reader.TakeAsync()).Id, (await reader.TakeAsync()).Id, (await reader.TakeAsync()).Id];

        Assert.Equal([high.Id, normal.Id, low.Id], order);
    }

    [Fact]
    public async Task Without_weights_the_first_queue_is_emptied_first()
    {
        await EnqueueAsync([.. Some(3, "a-second"), .. Some(3, "z-first")]);
        var reader = await OpenAsync("z-first", "a-second");

        var order = new List<string>();
        for (var i = 0; i < 6; i++)
        {
            order.Add((await reader.TakeAsync()).Queue);
        }

        Assert.Equal(["z-first", "z-first", "z-first", "a-second", "a-second", "a-second"], order);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(20)]
    public async Task Weights_share_out_the_claims(int batch)
    {
        Requires(Capability.Weights);
        await EnqueueAsync(Some(200, "heavy"));
        await EnqueueAsync(Some(200, "light"));
        var reader = await OpenAsync(new FeedOptions([new("heavy", 3), new("light", 1)]) { Worker = "w1" });

        var heavy = 0;
        for (var taken = 0; taken < 200; taken += batch)
        {
            heavy += (await reader.TakeAsync(batch)).Count(static job => job.Queue == "heavy");
        }

        // 150 by the weights; a broker may draw lots: five standard deviations of 200 draws.
        Assert.InRange(heavy, 120, 180);
    }

    [Fact]
    public async Task A_weighted_queue_that_is_empty_leaves_its_share_to_others()
    {
        Requires(Capability.Weights);
        await EnqueueAsync(Some(10, "light"));
        var reader = await OpenAsync(new FeedOptions([new("heavy", 9), new("light", 1)]) { Worker = "w1" });

        Assert.Equal(10, (await reader.TakeAsync(10)).Count);
    }

    [Fact]
    public async Task A_pattern_serves_queues_that_are_made_later()
    {
        Requires(Capability.Patterns);
        var reader = await OpenAsync("tenant-*");
        reader.Grant(3);
        await EnqueueAsync(Job("other"));
        await EnqueueAsync(Job("tenant-a"));
        Assert.Equal("tenant-a", Assert.Single(await reader.ReadAsync(1)).Queue);

        await EnqueueAsync(Job("tenant-b"));

        Assert.Equal("tenant-b", Assert.Single(await reader.ReadAsync(1)).Queue);
        Assert.Empty(await reader.StopAsync());
    }

    [Fact]
    public async Task Cancelled_reads_lose_nothing()
    {
        const int rounds = 50;
        var reader = await OpenAsync(Queue);
        reader.Grant(rounds);
        var jobs = new List<ClaimedJob>();
        for (var i = 0; i < rounds; i++)
        {
            using var impatience = CancellationTokenSource.CreateLinkedTokenSource(Ct);
            var reading = reader.ReadOnceAsync(impatience.Token);
            var enqueuing = EnqueueAsync(Job());
            await impatience.CancelAsync();
            await enqueuing;
            try
            {
                jobs.AddRange(await reading);
            }
            catch (OperationCanceledException)
            {
                // What it would have read is read later.
            }
        }

        jobs.AddRange(await reader.ReadAsync(rounds - jobs.Count));

        Assert.Equal(rounds, jobs.DistinctBy(static job => job.Id).Count());
    }

    [Fact]
    public async Task Disposal_hands_back_what_was_not_read()
    {
        await EnqueueAsync(Some(3));
        var reader = await OpenAsync(Queue);
        reader.Grant(3);
        var read = Assert.Single(await reader.ReadAsync(1));

        await reader.DisposeAsync();

        var others = await (await OpenAsync(Queue)).TakeAsync(2);
        Assert.DoesNotContain(read.Id, others.Select(static job => job.Id));
        Assert.All(others, static job => Assert.Equal((1, 0), (job.Attempt, job.Interruptions)));
        await EndAsync(read, SettleKind.Succeed);
    }

    [Fact]
    public async Task Stop_withdraws_the_credits_until_the_next_grant()
    {
        var reader = await OpenAsync(Queue);
        reader.Grant(5);
        Assert.Empty(await reader.StopAsync());
        await EnqueueAsync(Some(2));
        _ = await ClaimAsync();

        Assert.Empty(await reader.StopAsync());
        _ = await reader.TakeAsync();
    }

    [Fact]
    public async Task A_waiting_read_ends_with_nothing_when_the_feed_is_stopped()
    {
        var reader = await OpenAsync(Queue);
        reader.Grant(1);
        var reading = reader.ReadOnceAsync(Ct);

        await reader.WithdrawAsync(Ct);

        Assert.Empty(await reading.WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System, Ct));
    }

    [Fact]
    public async Task Two_feeds_share_the_jobs_of_a_queue()
    {
        await EnqueueAsync(Some(10));
        var (one, other) = (await OpenAsync(Queue), await OpenAsync(Queue));

        var claimed = await Task.WhenAll(one.TakeAsync(5), other.TakeAsync(5));

        Assert.Equal(10, claimed.SelectMany(static jobs => jobs).DistinctBy(static job => job.Id).Count());
    }

    [Fact]
    public async Task A_paused_queue_is_left_alone_until_it_is_resumed()
    {
        Requires(Capability.Pause);
        await Jobs.SetQueueAsync("paused", new() { IsPaused = true }, Ct);
        await EnqueueAsync(Job("paused"));
        await EnqueueAsync(Job("open"));
        var reader = await OpenAsync("paused", "open");
        Assert.Equal("open", Assert.Single(await reader.TakeAsync(1)).Queue);
        reader.Grant(1);

        await Jobs.SetQueueAsync("paused", new() { IsPaused = false }, Ct);

        Assert.Equal("paused", Assert.Single(await reader.ReadAsync(1)).Queue);
    }
}
