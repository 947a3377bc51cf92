namespace Naq.Conformance;

/// <summary>A claim ends once, in one of six ways, and only by who holds it.</summary>
public abstract class SettleConformance<TBroker> : BrokerConformance<TBroker> where TBroker : BrokerUnderTest, new()
{
    [Fact]
    public async Task Success_ends_the_job_and_keeps_its_result()
    {
        Requires(Capability.FinishedRecords);
        var job = Job();
        await EnqueueAsync(job);
        var claimed = await ClaimAsync();
        var started = Now;

        await EndAsync(new Settlement(claimed.Lease, SettleKind.Succeed) { Result = "42"u8.ToArray(), StartedAt = started });

        var found = await FindAsync(job.Id);
        Assert.Equal((JobState.Succeeded, 1, 0), (found.State, found.Attempts, found.Interruptions));
        Assert.Equal("42"u8.ToArray(), found.Result.ToArray());
        Assert.Equal(started, found.StartedAt);
        Assert.InRange(found.FinishedAt!.Value, started, Now);
    }

    [Fact]
    public async Task A_job_that_succeeded_is_not_delivered_again()
    {
        await EnqueueAsync(Job());
        await EndAsync(await ClaimAsync(), SettleKind.Succeed);
        var next = Job();
        await EnqueueAsync(next);

        Assert.Equal(next.Id, (await ClaimAsync()).Id);
    }

    [Fact]
    public async Task A_result_is_kept_as_long_as_it_was_asked_for()
    {
        Requires(Capability.FinishedRecords);
        await EnqueueAsync(Job());
        var claimed = await ClaimAsync();
        await EndAsync(new Settlement(claimed.Lease, SettleKind.Succeed) { Result = "42"u8.ToArray(), ResultTtl = Delay });
        Assert.False((await FindAsync(claimed.Id)).Result.IsEmpty);

        await PassAsync(Delay + TimeSpan.FromMilliseconds(10));

        var found = await FindAsync(claimed.Id);
        Assert.True(found.Result.IsEmpty);
        Assert.Equal(JobState.Succeeded, found.State);
    }

    [Fact]
    public async Task A_retry_comes_at_its_time_and_charges_an_attempt()
    {
        await EnqueueAsync(Job());
        var first = await ClaimAsync();
        var due = Now + Delay;
        await EndAsync(new Settlement(first.Lease, SettleKind.Retry) { DueAt = due, Reason = "boom" });
        var waiting = await FindAsync(first.Id);
        Assert.Equal((JobState.Scheduled, 1, "boom"), (waiting.State, waiting.Attempts, waiting.Reason));

        var reader = await OpenAsync(Queue);
        reader.Grant(1);
        await PassAsync(HasClock ? Delay + TimeSpan.FromMilliseconds(1) : TimeSpan.Zero);
        var second = Assert.Single(await reader.ReadAsync(1));

        Assert.True(Now >= due);
        Assert.Equal((first.Id, 2, 0), (second.Id, second.Attempt, second.Interruptions));
        Assert.Equal(first.Payload.ToArray(), second.Payload.ToArray());
        Assert.True(second.Lease.Fence > first.Lease.Fence);
    }

    [Fact]
    public async Task A_retry_that_is_due_already_is_ready_at_once()
    {
        await EnqueueAsync(Job());
        var first = await ClaimAsync();

        await EndAsync(new Settlement(first.Lease, SettleKind.Retry) { DueAt = Now, Reason = "boom" });

        var second = await ClaimAsync();
        Assert.Equal((first.Id, 2), (second.Id, second.Attempt));
    }

    [Fact]
    public async Task A_snooze_charges_nothing()
    {
        await EnqueueAsync(Job());
        var first = await ClaimAsync();

        await EndAsync(new Settlement(first.Lease, SettleKind.Snooze) { DueAt = Now });

        var second = await ClaimAsync();
        Assert.Equal((first.Id, 1, 0), (second.Id, second.Attempt, second.Interruptions));
    }

    [Fact]
    public async Task A_hand_back_charges_nothing_and_is_ready_at_once()
    {
        await EnqueueAsync(Job());
        var first = await ClaimAsync();

        await EndAsync(first, SettleKind.HandBack);

        var second = await ClaimAsync();
        Assert.Equal((first.Id, 1, 0), (second.Id, second.Attempt, second.Interruptions));
    }

    [Fact]
    public async Task A_job_that_is_handed_back_keeps_its_place()
    {
        Requires(Capability.KeptPlace);
        var jobs = Some(3);
        await EnqueueAsync(jobs);
        var reader = await OpenAsync(Queue);
        await EndAsync(await reader.TakeAsync(), SettleKind.HandBack);

        var claimed = await reader.TakeAsync(3);

        Assert.Equal(jobs.Select(static job => job.Id), claimed.Select(static job => job.Id));
    }

    [Fact]
    public async Task The_fence_grows_with_every_claim()
    {
        await EnqueueAsync(Job());
        var fence = 0L;
        for (var i = 0; i < 4; i++)
        {
            var claimed = await ClaimAsync();
            Assert.True(claimed.Lease.Fence > fence);
            fence = claimed.Lease.Fence;
            await EndAsync(new Settlement(claimed.Lease, i % 2 == 0 ? SettleKind.HandBack : SettleKind.Retry) { DueAt = Now });
        }
    }

    [Fact]
    public async Task A_dead_letter_keeps_payload_reason_error_and_attempts()
    {
        var job = Job();
        await EnqueueAsync(job);
        var claimed = await ClaimAsync();

        await EndAsync(new Settlement(claimed.Lease, SettleKind.Dead) { Reason = "attempts", Error = "Boom: é\n  at X" });

        var dead = await FindAsync(job.Id);
        Assert.Equal((JobState.Dead, 1, "attempts", "Boom: é\n  at X"), (dead.State, dead.Attempts, dead.Reason, dead.Error));
        Assert.Equal(job.Payload.ToArray(), dead.Payload.ToArray());
        Assert.Equal((1, 0), ((await CountsAsync()).Dead, (await CountsAsync()).InFlight));
    }

    [Fact]
    public async Task A_batch_is_answered_in_order()
    {
        await EnqueueAsync(Some(3));
        var claimed = await (await OpenAsync(Queue)).TakeAsync(3);
        await EndAsync(claimed[1], SettleKind.Succeed);

        var answers = await Jobs.SettleAsync([.. claimed.Select(static job => new Settlement(job.Lease, SettleKind.Succeed))], Ct);

        Assert.Equal([SettleResult.Settled, SettleResult.LeaseLost, SettleResult.Settled], answers);
    }

    [Fact]
    public async Task An_empty_batch_is_answered_with_nothing() => Assert.Empty(await Jobs.SettleAsync([], Ct));

    [Fact]
    public async Task A_claim_is_settled_once()
    {
        await EnqueueAsync(Job());
        var claimed = await ClaimAsync();
        await EndAsync(claimed, SettleKind.HandBack);

        Assert.Equal(SettleResult.LeaseLost, await SettleAsync(claimed, SettleKind.Dead));
        Assert.Equal(JobState.Ready, (await FindAsync(claimed.Id)).State);
    }

    [Theory]
    [InlineData(SettleKind.Succeed)]
    [InlineData(SettleKind.Retry)]
    [InlineData(SettleKind.Snooze)]
    [InlineData(SettleKind.HandBack)]
    [InlineData(SettleKind.Dead)]
    [InlineData(SettleKind.Cancelled)]
    public async Task A_stale_fence_settles_nothing(SettleKind kind)
    {
        if (kind == SettleKind.Succeed)
        {
            Requires(Capability.FencedSuccess);
        }

        await EnqueueAsync(Job());
        var stale = await ClaimAsync();
        await OutliveLeaseAsync();
        var live = await ClaimAsync();

        Assert.Equal(SettleResult.LeaseLost, await SettleAsync(stale, kind));

        Assert.Equal(JobState.Running, (await FindAsync(live.Id)).State);
        await EndAsync(live, SettleKind.Succeed);
    }
}
