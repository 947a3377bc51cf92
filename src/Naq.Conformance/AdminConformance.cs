namespace Naq.Conformance;

/// <summary>What people do to jobs and queues: put back, delete, purge, bound.</summary>
public abstract class AdminConformance<TBroker> : BrokerConformance<TBroker> where TBroker : BrokerUnderTest, new()
{
    [Fact]
    public async Task A_dead_letter_is_put_back_without_loss()
    {
        var dead = await DeadAsync(Job());

        Assert.Equal(RequeueResult.Requeued, await Jobs.RequeueAsync(dead.Id, Ct));

        var claimed = await ClaimAsync();
        Assert.Equal((dead.Id, 1, 0), (claimed.Id, claimed.Attempt, claimed.Interruptions));
        Assert.Equal(dead.Payload.ToArray(), claimed.Payload.ToArray());
        Assert.True(claimed.Lease.Fence > dead.Lease.Fence);
        Assert.Equal(0, (await CountsAsync()).Dead);
    }

    [Fact]
    public async Task A_cancelled_job_is_put_back()
    {
        Requires(Capability.FinishedRecords);
        var job = Job();
        await EnqueueAsync(job);
        _ = await Jobs.CancelAsync(job.Id, Ct);

        Assert.Equal(RequeueResult.Requeued, await Jobs.RequeueAsync(job.Id, Ct));

        Assert.Equal(job.Id, (await ClaimAsync()).Id);
    }

    [Fact]
    public async Task A_scheduled_job_is_made_ready_and_keeps_its_attempts()
    {
        await EnqueueAsync(Job());
        var first = await ClaimAsync();
        await EndAsync(new Settlement(first.Lease, SettleKind.Retry) { DueAt = Now + TimeSpan.FromHours(1), Reason = "boom" });

        Assert.Equal(RequeueResult.Requeued, await Jobs.RequeueAsync(first.Id, Ct));

        Assert.Equal(2, (await ClaimAsync()).Attempt);
    }

    [Fact]
    public async Task What_is_ready_or_runs_is_not_put_back()
    {
        var job = Job();
        await EnqueueAsync(job);
        Assert.Equal(RequeueResult.Refused, await Jobs.RequeueAsync(job.Id, Ct));
        _ = await ClaimAsync();

        Assert.Equal(RequeueResult.Refused, await Jobs.RequeueAsync(job.Id, Ct));
    }

    [Fact]
    public async Task What_succeeded_is_not_put_back()
    {
        Requires(Capability.FinishedRecords);
        await EnqueueAsync(Job());
        var claimed = await ClaimAsync();
        await EndAsync(claimed, SettleKind.Succeed);

        Assert.Equal(RequeueResult.Refused, await Jobs.RequeueAsync(claimed.Id, Ct));
    }

    [Fact]
    public async Task What_was_never_there_is_not_found()
    {
        Assert.Equal(RequeueResult.NotFound, await Jobs.RequeueAsync(Job().Id, Ct));
    }

    [Fact]
    public async Task A_job_whose_key_is_taken_is_not_put_back()
    {
        var key = UniqueKey.Of("test.job", new Unique("key"));
        var dead = await DeadAsync(Job() with { Unique = key });
        var heir = Job() with { Unique = key };
        await EnqueueAsync(heir);
        Assert.Equal(RequeueResult.Refused, await Jobs.RequeueAsync(dead.Id, Ct));
        await EndAsync(await ClaimAsync(), SettleKind.Succeed);

        Assert.Equal(RequeueResult.Requeued, await Jobs.RequeueAsync(dead.Id, Ct));

        Assert.Equal(EnqueueStatus.Duplicate, (await TryEnqueueAsync(Job() with { Unique = key })).Status);
    }

    [Theory]
    [InlineData(JobState.Ready)]
    [InlineData(JobState.Scheduled)]
    [InlineData(JobState.Dead)]
    [InlineData(JobState.Succeeded)]
    public async Task A_job_that_does_not_run_is_deleted(JobState state)
    {
        Requires(Capability.Deletion);
        var id = await InStateAsync(state);

        Assert.Equal(CancelResult.Cancelled, await Jobs.DeleteAsync(id, Ct));

        Assert.Null(await Jobs.FindAsync(id, Ct));
        var counts = await CountsAsync();
        Assert.Equal((0, 0, 0), (counts.Ready, counts.Scheduled, counts.Dead));
        Assert.Equal(CancelResult.NotFound, await Jobs.DeleteAsync(id, Ct));
    }

    [Fact]
    public async Task A_running_job_is_not_deleted()
    {
        Requires(Capability.Deletion);
        await EnqueueAsync(Job());
        var claimed = await ClaimAsync();

        Assert.Equal(CancelResult.Requested, await Jobs.DeleteAsync(claimed.Id, Ct));

        await EndAsync(claimed, SettleKind.Succeed);
    }

    [Fact]
    public async Task A_deleted_job_frees_its_key()
    {
        Requires(Capability.Deletion);
        var key = UniqueKey.Of("test.job", new Unique("key"));
        var job = Job() with { Unique = key };
        await EnqueueAsync(job);

        _ = await Jobs.DeleteAsync(job.Id, Ct);

        await EnqueueAsync(Job() with { Unique = key });
    }

    [Fact]
    public async Task A_purge_deletes_what_waits_and_nothing_else()
    {
        Requires(Capability.Deletion);
        _ = await DeadAsync(Job());
        await EnqueueAsync(Job());
        var running = await ClaimAsync();
        await EnqueueAsync([.. Some(3), Job() with { RunAt = Now + TimeSpan.FromHours(1) }, Job("other")]);

        Assert.Equal(4, await Jobs.PurgeAsync(Queue, Ct));

        var counts = await CountsAsync();
        Assert.Equal((0, 0, 1, 1), (counts.Ready, counts.Scheduled, counts.InFlight, counts.Dead));
        Assert.Equal(1, (await CountsAsync("other")).Ready);
        await EndAsync(running, SettleKind.Succeed);
    }

    [Fact]
    public async Task A_deleted_queue_is_gone_with_its_jobs_settings_and_totals()
    {
        Requires(Capability.Deletion);
        _ = await DeadAsync(Job());
        await Jobs.SetQueueAsync(Queue, new() { IsPaused = true, MaxLength = 9 }, Ct);
        await EnqueueAsync([.. Some(3), Job() with { RunAt = Now + TimeSpan.FromHours(1) }, Job("other")]);

        Assert.Equal(new(QueueDeletionStatus.Deleted, 5), await Jobs.DeleteQueueAsync(Queue, Ct));

        Assert.Equal("other", Assert.Single(await Jobs.CountsAsync(null, Ct)).Queue);
        Assert.Equal(QueueDeletionStatus.NotFound, (await Jobs.DeleteQueueAsync(Queue, Ct)).Status);
        await EnqueueAsync(Job());
        var counts = await CountsAsync();
        Assert.Equal((1, 0, 0, 0), (counts.Ready, counts.Scheduled, counts.InFlight, counts.Dead));
        Assert.Equal((1, 0, 0), (counts.EnqueuedTotal, counts.CompletedTotal, counts.FailedTotal));
        Assert.Equal((false, null), (counts.IsPaused, counts.MaxLength));
        _ = await ClaimAsync();
    }

    [Fact]
    public async Task A_queue_whose_jobs_run_is_not_deleted()
    {
        Requires(Capability.Deletion);
        await EnqueueAsync(Some(2));
        var running = await ClaimAsync();

        Assert.Equal(new(QueueDeletionStatus.Refused, 0), await Jobs.DeleteQueueAsync(Queue, Ct));

        Assert.Equal((1, 1), ((await CountsAsync()).Ready, (await CountsAsync()).InFlight));
        await EndAsync(running, SettleKind.Succeed);
        Assert.Equal(new(QueueDeletionStatus.Deleted, 1), await Jobs.DeleteQueueAsync(Queue, Ct));
    }

    [Fact]
    public async Task Finished_jobs_of_a_deleted_queue_stay_and_a_cancelled_one_brings_it_back()
    {
        Requires(Capability.Deletion);
        Requires(Capability.FinishedRecords);
        var job = Job();
        await EnqueueAsync(job);
        _ = await Jobs.CancelAsync(job.Id, Ct);
        _ = await Jobs.DeleteQueueAsync(Queue, Ct);
        Assert.Equal((Queue, JobState.Cancelled), ((await Jobs.FindAsync(job.Id, Ct))!.Queue, (await Jobs.FindAsync(job.Id, Ct))!.State));

        Assert.Equal(RequeueResult.Requeued, await Jobs.RequeueAsync(job.Id, Ct));

        Assert.Equal(1, (await CountsAsync()).Ready);
        Assert.Equal(job.Id, (await ClaimAsync()).Id);
    }

    [Fact]
    public async Task A_full_queue_refuses_and_takes_again_when_jobs_were_claimed()
    {
        Requires(Capability.MaxLength);
        await Jobs.SetQueueAsync(Queue, new() { MaxLength = 3 }, Ct);
        var jobs = Some(4);

        var results = await Jobs.EnqueueAsync(jobs, Ct);

        Assert.Equal(new(jobs[3].Id, EnqueueStatus.QueueFull), results[3]);
        Assert.All(results.Take(3), static result => Assert.Equal(EnqueueStatus.Accepted, result.Status));
        Assert.Null(await Jobs.FindAsync(jobs[3].Id, Ct));
        _ = await ClaimAsync();
        await EnqueueAsync(jobs[3]);
    }

    [Fact]
    public async Task Scheduled_jobs_count_towards_the_bound_of_their_queue()
    {
        Requires(Capability.MaxLength);
        await Jobs.SetQueueAsync(Queue, new() { MaxLength = 1 }, Ct);
        await EnqueueAsync(Job() with { RunAt = Now + TimeSpan.FromHours(1) });

        Assert.Equal(EnqueueStatus.QueueFull, (await TryEnqueueAsync(Job())).Status);
        await EnqueueAsync(Job("other"));
    }

    [Fact]
    public async Task A_bound_of_zero_is_no_bound()
    {
        Requires(Capability.MaxLength);
        await Jobs.SetQueueAsync(Queue, new() { MaxLength = 1 }, Ct);
        await EnqueueAsync(Job());
        Assert.Equal(1, (await CountsAsync()).MaxLength);

        await Jobs.SetQueueAsync(Queue, new() { MaxLength = 0 }, Ct);

        await EnqueueAsync(Job());
        Assert.Null((await CountsAsync()).MaxLength);
    }

    private async Task<ClaimedJob> DeadAsync(NewJob job)
    {
        await EnqueueAsync(job);
        var claimed = await ClaimAsync();
        await EndAsync(new Settlement(claimed.Lease, SettleKind.Dead) { Reason = "attempts" });
        return claimed;
    }

    private async Task<JobId> InStateAsync(JobState state)
    {
        var job = Job() with { RunAt = state == JobState.Scheduled ? Now + TimeSpan.FromHours(1) : null };
        await EnqueueAsync(job);
        if (state.IsFinal())
        {
            await EndAsync(await ClaimAsync(), state == JobState.Dead ? SettleKind.Dead : SettleKind.Succeed);
        }

        return job.Id;
    }
}
