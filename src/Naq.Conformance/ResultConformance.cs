namespace Naq.Conformance;

/// <summary>Who waits for a job learns how it ended, and finished jobs do not pile up.</summary>
public abstract class ResultConformance<TBroker> : BrokerConformance<TBroker> where TBroker : BrokerUnderTest, new()
{
    protected override Capability? Needs => Capability.FinishedRecords;

    protected override ConformanceOptions Options => base.Options with { MaxFinished = 10, MaxDead = 5 };

    [Fact]
    public async Task A_wait_ends_with_the_job()
    {
        await EnqueueAsync(Job());
        var claimed = await ClaimAsync();
        var waiting = Jobs.ResultAsync(claimed.Id, TimeSpan.FromMinutes(5), Ct).AsTask();
        Assert.False(waiting.IsCompleted);

        await EndAsync(new Settlement(claimed.Lease, SettleKind.Succeed) { Result = "42"u8.ToArray() });

        var ended = await waiting.WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System, Ct);
        Assert.Equal(JobState.Succeeded, ended!.State);
        Assert.Equal("42"u8.ToArray(), ended.Result.ToArray());
    }

    [Theory]
    [InlineData(SettleKind.Succeed, JobState.Succeeded)]
    [InlineData(SettleKind.Dead, JobState.Dead)]
    [InlineData(SettleKind.Cancelled, JobState.Cancelled)]
    public async Task A_wait_for_what_has_ended_does_not_wait(SettleKind end, JobState state)
    {
        await EnqueueAsync(Job());
        var claimed = await ClaimAsync();
        await EndAsync(claimed, end);

        Assert.Equal(state, (await Jobs.ResultAsync(claimed.Id, TimeSpan.Zero, Ct))!.State);
    }

    [Fact]
    public async Task A_wait_that_was_too_short_says_so()
    {
        var job = Job();
        await EnqueueAsync(job);
        var waiting = Jobs.ResultAsync(job.Id, Delay, Ct).AsTask();

        await PassAsync(Delay + TimeSpan.FromMilliseconds(10));

        Assert.Null(await waiting.WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System, Ct));
    }

    [Fact]
    public async Task A_wait_for_what_was_never_there_fails()
    {
        var id = Job().Id;

        var error = await Assert.ThrowsAsync<JobNotFoundException>(async () => await Jobs.ResultAsync(id, TimeSpan.FromMinutes(1), Ct));

        Assert.Equal(id, error.Id);
    }

    [Fact]
    public async Task A_wait_can_be_given_up()
    {
        var job = Job();
        await EnqueueAsync(job);
        using var impatience = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        var waiting = Jobs.ResultAsync(job.Id, TimeSpan.FromMinutes(5), impatience.Token).AsTask();

        await impatience.CancelAsync();

        _ = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }

    [Fact]
    public async Task Many_may_wait_for_one_job()
    {
        await EnqueueAsync(Job());
        var claimed = await ClaimAsync();
        var waiting = Enumerable.Range(0, 20).Select(_ => Jobs.ResultAsync(claimed.Id, TimeSpan.FromMinutes(5), Ct).AsTask()).ToList();

        await EndAsync(claimed, SettleKind.Succeed);

        var ended = await Task.WhenAll(waiting).WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System, Ct);
        Assert.All(ended, static job => Assert.Equal(JobState.Succeeded, job!.State));
    }

    [Theory]
    [InlineData(SettleKind.Succeed, 10)]
    [InlineData(SettleKind.Cancelled, 10)]
    [InlineData(SettleKind.Dead, 5)]
    public async Task The_oldest_that_ended_are_forgotten_first(SettleKind end, int kept)
    {
        Requires(Capability.Trimming);
        var jobs = Some(15);
        await EnqueueAsync(jobs);
        foreach (var claimed in await (await OpenAsync(Queue)).TakeAsync(15))
        {
            await EndAsync(claimed, end);
        }

        await UntilAsync(async () => await Jobs.FindAsync(jobs[^(kept + 1)].Id, Ct) is null);

        for (var i = 0; i < jobs.Length; i++)
        {
            Assert.Equal(i >= jobs.Length - kept, await Jobs.FindAsync(jobs[i].Id, Ct) is not null);
        }
    }
}
