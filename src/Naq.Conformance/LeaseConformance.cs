namespace Naq.Conformance;

/// <summary>A claim lasts for a lease, and ends with it unless it is extended.</summary>
public abstract class LeaseConformance<TBroker> : BrokerConformance<TBroker> where TBroker : BrokerUnderTest, new()
{
    [Fact]
    public void The_lease_is_a_property_of_the_broker() => Assert.Equal(Lease, Jobs.LeaseDuration);

    [Fact]
    public async Task A_lease_that_is_extended_holds()
    {
        await EnqueueAsync(Job());
        var claimed = await ClaimAsync();
        for (var i = 0; i < 3; i++)
        {
            await PassAsync(0.6 * Lease);
            Assert.Equal(LeaseStatus.Held, await ExtendAsync(claimed));
        }

        await EndAsync(claimed, SettleKind.Succeed);
    }

    [Fact]
    public async Task A_job_whose_lease_ends_goes_to_a_feed_that_waits()
    {
        await EnqueueAsync(Job());
        var first = await ClaimAsync();
        var waiting = await OpenAsync(Queue);
        var reading = waiting.TakeAsync();

        await OutliveLeaseAsync();

        var second = await reading;
        Assert.Equal((first.Id, 1, 1), (second.Id, second.Attempt, second.Interruptions));
        Assert.True(second.Lease.Fence > first.Lease.Fence);
    }

    [Fact]
    public async Task A_lease_that_has_ended_cannot_be_extended()
    {
        await EnqueueAsync(Job());
        var claimed = await ClaimAsync();
        await OutliveLeaseAsync();
        _ = await ClaimAsync();

        Assert.Equal(LeaseStatus.Lost, await ExtendAsync(claimed));
    }

    [Fact]
    public async Task The_lease_of_a_settled_claim_is_over()
    {
        await EnqueueAsync(Job());
        var claimed = await ClaimAsync();
        await EndAsync(claimed, SettleKind.HandBack);

        Assert.Equal(LeaseStatus.Lost, await ExtendAsync(claimed));
    }

    [Fact]
    public async Task Extensions_are_answered_in_order()
    {
        await EnqueueAsync(Some(3));
        var claimed = await (await OpenAsync(Queue)).TakeAsync(3);
        await EndAsync(claimed[1], SettleKind.Succeed);

        var answers = await Jobs.ExtendAsync([.. claimed.Select(static job => job.Lease)], Ct);

        Assert.Equal([LeaseStatus.Held, LeaseStatus.Lost, LeaseStatus.Held], answers);
    }

    [Fact]
    public async Task An_interruption_charges_no_attempt_and_a_failure_no_interruption()
    {
        await EnqueueAsync(Job());
        await InterruptAsync(1);
        var interrupted = await ClaimAsync();
        await EndAsync(new Settlement(interrupted.Lease, SettleKind.Retry) { DueAt = Now, Reason = "boom" });

        var retried = await ClaimAsync();

        Assert.Equal((2, 1), (retried.Attempt, retried.Interruptions));
    }

    [Fact]
    public async Task A_job_that_runs_can_be_told_from_one_that_was_interrupted()
    {
        Requires(Capability.FoundLosses);
        var job = Job();
        await EnqueueAsync(job);
        _ = await ClaimAsync();
        Assert.Equal((JobState.Running, 0), await StateOf(job.Id));

        await OutliveLeaseAsync();
        await UntilAsync(async () => await StateOf(job.Id) == (JobState.Ready, 1));
    }

    private async Task<(JobState State, int Interruptions)> StateOf(JobId id)
    {
        var job = await FindAsync(id);
        return (job.State, job.Interruptions);
    }
}
