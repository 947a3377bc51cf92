namespace Naq.Conformance;

/// <summary>A job that waits is cancelled at once; one that runs is asked to stop.</summary>
public abstract class CancelConformance<TBroker> : BrokerConformance<TBroker> where TBroker : BrokerUnderTest, new()
{
    [Fact]
    public async Task A_ready_job_is_cancelled_and_never_delivered()
    {
        var (cancelled, kept) = (Job(), Job());
        await EnqueueAsync(cancelled, kept);

        Assert.Equal(CancelResult.Cancelled, await Jobs.CancelAsync(cancelled.Id, Ct));

        var reader = await OpenAsync(Queue);
        reader.Grant(2);
        Assert.Equal(kept.Id, Assert.Single(await reader.ReadAsync(1)).Id);
        Assert.Empty(await reader.StopAsync());
    }

    [Fact]
    public async Task A_scheduled_job_is_cancelled()
    {
        var job = Job() with { RunAt = Now + TimeSpan.FromHours(1) };
        await EnqueueAsync(job);

        Assert.Equal(CancelResult.Cancelled, await Jobs.CancelAsync(job.Id, Ct));

        Assert.Equal((0, 0), ((await CountsAsync()).Scheduled, (await CountsAsync()).Ready));
    }

    [Fact]
    public async Task A_cancelled_job_is_found_as_such()
    {
        Requires(Capability.FinishedRecords);
        var job = Job();
        await EnqueueAsync(job);
        _ = await Jobs.CancelAsync(job.Id, Ct);

        var found = await FindAsync(job.Id);

        Assert.Equal((JobState.Cancelled, 0), (found.State, found.Attempts));
        Assert.NotNull(found.FinishedAt);
        Assert.Equal(CancelResult.Finished, await Jobs.CancelAsync(job.Id, Ct));
    }

    [Fact]
    public async Task A_running_job_is_asked_and_its_worker_is_told()
    {
        var told = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var job = Job();
        await EnqueueAsync(job);
        var reader = await OpenAsync(new FeedOptions([new(Queue)]) { Worker = "w1", Attention = () => told.TrySetResult() });
        var claimed = await reader.TakeAsync();
        Assert.Equal(LeaseStatus.Held, await ExtendAsync(claimed));

        Assert.Equal(CancelResult.Requested, await Jobs.CancelAsync(job.Id, Ct));

        await told.Task.WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System, Ct);
        Assert.Equal(LeaseStatus.CancelRequested, await ExtendAsync(claimed));
    }

    [Fact]
    public async Task A_running_job_that_obeys_is_over()
    {
        await EnqueueAsync(Job());
        var claimed = await ClaimAsync();
        _ = await Jobs.CancelAsync(claimed.Id, Ct);

        await EndAsync(claimed, SettleKind.Cancelled);

        await AssertCancelledAsync(claimed.Id);
    }

    [Theory]
    [InlineData(SettleKind.HandBack)]
    [InlineData(SettleKind.Retry)]
    [InlineData(SettleKind.Snooze)]
    public async Task A_running_job_that_would_come_back_is_cancelled_instead(SettleKind kind)
    {
        await EnqueueAsync(Job());
        var claimed = await ClaimAsync();
        _ = await Jobs.CancelAsync(claimed.Id, Ct);

        await EndAsync(new Settlement(claimed.Lease, kind) { DueAt = Now });

        await AssertCancelledAsync(claimed.Id);
    }

    [Fact]
    public async Task A_running_job_that_ends_well_has_ended_well()
    {
        Requires(Capability.FinishedRecords);
        await EnqueueAsync(Job());
        var claimed = await ClaimAsync();
        _ = await Jobs.CancelAsync(claimed.Id, Ct);

        await EndAsync(claimed, SettleKind.Succeed);

        Assert.Equal(JobState.Succeeded, (await FindAsync(claimed.Id)).State);
    }

    [Fact]
    public async Task A_job_whose_worker_dies_after_the_request_is_cancelled()
    {
        Requires(Capability.FinishedRecords);
        await EnqueueAsync(Job());
        var claimed = await ClaimAsync();
        _ = await Jobs.CancelAsync(claimed.Id, Ct);

        await OutliveLeaseAsync();

        await UntilAsync(async () => (await FindAsync(claimed.Id)).State == JobState.Cancelled);
    }

    [Theory]
    [InlineData(SettleKind.Succeed)]
    [InlineData(SettleKind.Dead)]
    public async Task What_has_ended_cannot_be_cancelled(SettleKind end)
    {
        if (end == SettleKind.Succeed)
        {
            Requires(Capability.FinishedRecords);
        }

        await EnqueueAsync(Job());
        var claimed = await ClaimAsync();
        await EndAsync(claimed, end);

        Assert.Equal(CancelResult.Finished, await Jobs.CancelAsync(claimed.Id, Ct));
    }

    [Fact]
    public async Task What_was_never_there_is_not_found() => Assert.Equal(CancelResult.NotFound, await Jobs.CancelAsync(Job().Id, Ct));

    private async Task AssertCancelledAsync(JobId id)
    {
        var counts = await CountsAsync();
        Assert.Equal((0, 0, 0, 0), (counts.Ready, counts.Scheduled, counts.InFlight, counts.Dead));
        Assert.True((await Jobs.FindAsync(id, Ct))?.State is null or JobState.Cancelled);
    }
}
