namespace Naq.Conformance;

/// <summary>Two processes see one broker.</summary>
public abstract class SecondBrokerConformance<TBroker> : BrokerConformance<TBroker> where TBroker : BrokerUnderTest, new()
{
    protected override Capability? Needs => Capability.SecondBroker;

    [Fact]
    public async Task A_job_of_one_wakes_a_feed_of_the_other()
    {
        var other = await OpenAnotherAsync();
        var reader = await OpenAsync(new FeedOptions([new(Queue)]) { Worker = "w2" }, other.Jobs);
        var reading = reader.TakeAsync();
        var job = Job();

        await EnqueueAsync(job);

        Assert.Equal(job.Id, (await reading).Id);
    }

    [Fact]
    public async Task A_queue_of_one_is_seen_by_a_pattern_of_the_other()
    {
        var other = await OpenAnotherAsync();
        var reader = await OpenAsync(new FeedOptions([new("tenant-*")]) { Worker = "w2" }, other.Jobs);
        var reading = reader.TakeAsync();

        await EnqueueAsync(Job("tenant-new"));

        Assert.Equal("tenant-new", (await reading).Queue);
    }

    [Fact]
    public async Task A_job_runs_in_one_of_them_only()
    {
        var other = await OpenAnotherAsync();
        var (here, there) = (await OpenAsync(Queue), await OpenAsync(new FeedOptions([new(Queue)]) { Worker = "w2" }, other.Jobs));
        here.Grant(64);
        there.Grant(64);
        await EnqueueAsync(Some(50));

        await UntilAsync(async () => (await CountsAsync()).InFlight == 50);

        var claimed = (await here.StopAsync()).Concat(await there.StopAsync()).ToList();
        Assert.Equal(50, claimed.Count);
        Assert.Equal(50, claimed.DistinctBy(static job => job.Id).Count());
    }

    [Fact]
    public async Task A_cancellation_in_one_reaches_a_worker_of_the_other()
    {
        var other = await OpenAnotherAsync();
        var told = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await EnqueueAsync(Job());
        var reader = await OpenAsync(new FeedOptions([new(Queue)]) { Worker = "w2", Attention = () => told.TrySetResult() }, other.Jobs);
        var claimed = await reader.TakeAsync();

        Assert.Equal(CancelResult.Requested, await Jobs.CancelAsync(claimed.Id, Ct));

        await told.Task.WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System, Ct);
        Assert.Equal([LeaseStatus.CancelRequested], await other.Jobs.ExtendAsync([claimed.Lease], Ct));
    }

    /// <summary>Eighty times: who is told of an end a moment before it can be read must not wait for a rare look then.</summary>
    [Fact]
    public async Task An_end_in_one_is_heard_at_once_in_the_other()
    {
        var other = await OpenAnotherAsync();
        var reader = await OpenAsync(new FeedOptions([new(Queue)]) { Worker = "w2" }, other.Jobs);
        var longest = TimeSpan.Zero;
        for (var i = 0; i < 80; i++)
        {
            var job = Job();
            await EnqueueAsync(job);
            var claimed = await reader.TakeAsync();
            var waiting = Jobs.ResultAsync(job.Id, TimeSpan.FromMinutes(1), Ct).AsTask();
            var endedAt = TimeProvider.System.GetTimestamp();
            _ = await other.Jobs.SettleAsync([new(claimed.Lease, SettleKind.Succeed)], Ct);

            Assert.Equal(JobState.Succeeded, (await waiting)!.State);
            var took = TimeProvider.System.GetElapsedTime(endedAt);
            longest = took > longest ? took : longest;
        }

        Assert.True(longest < TimeSpan.FromSeconds(4), $"heard after {longest}");
    }

    [Fact]
    public async Task A_lease_that_one_lost_is_found_by_the_other()
    {
        var other = await OpenAnotherAsync();
        await EnqueueAsync(Job());
        var lost = await ClaimAsync();
        var reader = await OpenAsync(new FeedOptions([new(Queue)]) { Worker = "w2" }, other.Jobs);
        reader.Grant(1);

        await OutliveLeaseAsync();

        var found = Assert.Single(await reader.ReadAsync(1));
        Assert.Equal((lost.Id, 1), (found.Id, found.Interruptions));
        Assert.Equal(SettleResult.LeaseLost, await SettleAsync(lost, SettleKind.Dead));
    }

    [Fact]
    public async Task Both_see_the_same_counts_and_keys()
    {
        var other = await OpenAnotherAsync();
        await EnqueueAsync(Some(3));
        _ = await Cluster.PutAsync("a", new byte[] { 1 }, null, null, Ct);

        // A broker may count a moment after it has acknowledged.
        await UntilAsync(async () => (await other.Jobs.CountsAsync([Queue], Ct)) is [{ Ready: 3 }]);
        Assert.NotNull(await other.Cluster.GetAsync("a", Ct));
        Assert.Null(await other.Cluster.PutAsync("a", new byte[] { 2 }, 0, null, Ct));
    }

    [Fact]
    public async Task A_watch_of_one_sees_the_writes_of_the_other()
    {
        var other = await OpenAnotherAsync();
        await using var watch = new Watch(other.Cluster, "control/");
        var next = watch.NextAsync();

        _ = await Cluster.PutAsync("control/a", new byte[] { 1 }, null, null, Ct);

        Assert.Equal("control/a", (await next).Key);
    }
}
