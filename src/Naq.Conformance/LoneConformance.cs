namespace Naq.Conformance;

/// <summary>A job that interrupts its workers runs alone before it is convicted.</summary>
public abstract class LoneConformance<TBroker> : BrokerConformance<TBroker> where TBroker : BrokerUnderTest, new()
{
    protected override Capability? Needs => Capability.LoneClaims;

    [Fact]
    public async Task After_two_interruptions_a_job_is_delivered_alone()
    {
        var suspect = Job();
        await EnqueueAsync(suspect);
        await InterruptAsync(2);

        var claimed = await ClaimAsync();

        Assert.Equal((suspect.Id, 2, true), (claimed.Id, claimed.Interruptions, claimed.IsAlone));
    }

    [Fact]
    public async Task Nothing_comes_beside_a_lone_job_until_it_is_settled()
    {
        await EnqueueAsync(Job());
        await InterruptAsync(2);
        var other = Job();
        await EnqueueAsync(other);
        var reader = await OpenAsync(Queue);
        var lone = Assert.Single(await reader.TakeAsync(1));
        Assert.True(lone.IsAlone);

        reader.Grant(5);
        Assert.Empty(await reader.StopAsync());
        await EndAsync(lone, SettleKind.Succeed);

        Assert.Equal(other.Id, (await reader.TakeAsync()).Id);
    }

    [Fact]
    public async Task A_lone_job_waits_until_its_feed_is_empty()
    {
        var reader = await OpenAsync(Queue, "beside");
        await EnqueueAsync(Job());
        await InterruptAsync(2);
        await EnqueueAsync(Job("beside"));
        var suspect = await ClaimAsync();
        var beside = await reader.TakeAsync();
        await EndAsync(suspect, SettleKind.HandBack);

        reader.Grant(2);
        Assert.Empty(await reader.StopAsync());
        await EndAsync(beside, SettleKind.Succeed);

        var lone = await reader.TakeAsync();
        Assert.Equal((suspect.Id, true), (lone.Id, lone.IsAlone));
    }

    [Fact]
    public async Task Only_one_of_several_feeds_empties_itself_for_a_lone_job()
    {
        await EnqueueAsync(Job());
        await InterruptAsync(2);
        var suspect = await ClaimAsync();
        await EnqueueAsync(Some(2));
        var (one, other) = (await OpenAsync(Queue), await OpenAsync(Queue));
        (_, _) = (await one.TakeAsync(), await other.TakeAsync());
        await EndAsync(suspect, SettleKind.HandBack);
        await EnqueueAsync(Some(4));

        one.Grant(4);
        other.Grant(4);
        await UntilAsync(async () => (await CountsAsync()).InFlight == 6);

        IReadOnlyList<ClaimedJob>[] rest = [await one.StopAsync(), await other.StopAsync()];
        Assert.Equal([0, 4], rest.Select(static jobs => jobs.Count).Order());
        Assert.DoesNotContain(suspect.Id, rest.SelectMany(static jobs => jobs).Select(static job => job.Id));
    }

    [Fact]
    public async Task A_third_interruption_while_alone_is_a_conviction()
    {
        var suspect = Job();
        await EnqueueAsync(suspect);
        await InterruptAsync(3);

        await UntilAsync(async () => (await FindAsync(suspect.Id)).State == JobState.Dead);

        var dead = await FindAsync(suspect.Id);
        Assert.Equal(("poison", 3, 0), (dead.Reason, dead.Interruptions, dead.Attempts));
        Assert.Equal(suspect.Payload.ToArray(), dead.Payload.ToArray());
    }

    [Fact]
    public async Task The_neighbours_of_a_poison_job_are_acquitted()
    {
        var (poison, neighbour) = (Job(), Job());
        await EnqueueAsync(poison, neighbour);
        for (var i = 0; i < 2; i++)
        {
            await using (var crowded = await OpenAsync(Queue))
            {
                _ = await crowded.TakeAsync(2);
            }

            await OutliveLeaseAsync();
        }

        for (var i = 0; i < 2; i++)
        {
            await using var reader = await OpenAsync(Queue);
            var alone = await reader.TakeAsync();
            Assert.True(alone.IsAlone);
            if (alone.Id == neighbour.Id)
            {
                await EndAsync(alone, SettleKind.Succeed);
            }
            else
            {
                await OutliveLeaseAsync();
            }
        }

        await UntilAsync(async () => (await FindAsync(poison.Id)).State == JobState.Dead);
        Assert.Equal(JobState.Succeeded, (await FindAsync(neighbour.Id)).State);
    }

    [Fact]
    public async Task A_lone_job_of_a_paused_queue_holds_nobody_up()
    {
        Requires(Capability.Pause);
        await EnqueueAsync(Job());
        await InterruptAsync(2);
        await EndAsync(await ClaimAsync(), SettleKind.HandBack);
        await Jobs.SetQueueAsync(Queue, new() { IsPaused = true }, Ct);
        await EnqueueAsync(Some(2, "open"));
        var reader = await OpenAsync(Queue, "open");

        Assert.Equal(["open", "open"], (await reader.TakeAsync(2)).Select(static job => job.Queue));
    }

    [Fact]
    public async Task A_lone_job_may_be_handed_back_any_number_of_times()
    {
        var suspect = Job();
        await EnqueueAsync(suspect);
        await InterruptAsync(2);
        for (var i = 0; i < 5; i++)
        {
            await EndAsync(await ClaimAsync(), SettleKind.HandBack);
        }

        var claimed = await ClaimAsync();

        Assert.Equal((1, 2, true), (claimed.Attempt, claimed.Interruptions, claimed.IsAlone));
    }
}
