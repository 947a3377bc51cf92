namespace Naq.Conformance;

/// <summary>What is known of jobs and queues can be asked.</summary>
public abstract class QueryConformance<TBroker> : BrokerConformance<TBroker> where TBroker : BrokerUnderTest, new()
{
    [Fact]
    public async Task What_was_never_there_is_not_found() => Assert.Null(await Jobs.FindAsync(Job().Id, Ct));

    [Fact]
    public async Task A_ready_job_is_found_with_its_payload()
    {
        var job = Job("special", JobPriority.Low);
        await EnqueueAsync(job);

        var found = await FindAsync(job.Id);

        Assert.Equal((job.Id, "special", "test.job", JobState.Ready), (found.Id, found.Queue, found.Type, found.State));
        Assert.Equal((JobPriority.Low, 0, 0, job.EnqueuedAt), (found.Priority, found.Attempts, found.Interruptions, found.EnqueuedAt));
        Assert.Equal((null, null, null, true), (found.DueAt, found.StartedAt, found.FinishedAt, found.Result.IsEmpty));
        Assert.Equal(job.Payload.ToArray(), found.Payload.ToArray());
    }

    [Fact]
    public async Task A_unique_job_is_found_by_its_id()
    {
        var job = Job() with { Unique = UniqueKey.Of("test.job", new Unique("key")) };
        await EnqueueAsync(job);

        Assert.Equal(JobState.Ready, (await FindAsync(job.Id)).State);
    }

    [Fact]
    public async Task A_scheduled_job_says_when_it_is_due()
    {
        var job = Job() with { RunAt = Now + TimeSpan.FromHours(1) };
        await EnqueueAsync(job);

        var found = await FindAsync(job.Id);

        Assert.Equal((JobState.Scheduled, job.RunAt), (found.State, found.DueAt));
    }

    [Fact]
    public async Task A_running_job_is_found_as_such()
    {
        await EnqueueAsync(Job());
        var claimed = await ClaimAsync();

        Assert.Equal(JobState.Running, (await FindAsync(claimed.Id)).State);
    }

    [Fact]
    public async Task Counts_follow_the_states()
    {
        await EnqueueAsync([.. Some(4), Job() with { RunAt = Now + TimeSpan.FromHours(1) }]);
        var reader = await OpenAsync(Queue);
        var claimed = await reader.TakeAsync(2);
        await EndAsync(claimed[0], SettleKind.Dead);

        var counts = await CountsAsync();

        Assert.Equal((2, 1, 1, 1), (counts.Ready, counts.Scheduled, counts.InFlight, counts.Dead));
        Assert.Equal(3, counts.Load);
    }

    [Fact]
    public async Task Counts_are_read_by_name_by_pattern_or_all()
    {
        await EnqueueAsync(Job("a"), Job("tenant-1"), Job("tenant-2"));

        Assert.Equal(["a"], await NamesOf(["a"]));
        Assert.Equal(["tenant-1", "tenant-2"], await NamesOf(["tenant-*"]));
        Assert.Equal(["a", "tenant-1", "tenant-2"], await NamesOf(null));
        Assert.Empty(await NamesOf(["nowhere"]));
    }

    [Fact]
    public async Task Totals_only_grow_and_count_each_arrival_and_completion()
    {
        Requires(Capability.Totals);
        await EnqueueAsync([.. Some(3), Job() with { RunAt = Now + TimeSpan.FromHours(1) }]);
        var claimed = await (await OpenAsync(Queue)).TakeAsync(3);
        await EndAsync(claimed[0], SettleKind.Succeed);
        await EndAsync(new Settlement(claimed[1].Lease, SettleKind.Retry) { DueAt = Now });
        await EndAsync(claimed[2], SettleKind.HandBack);

        var counts = await CountsAsync();

        // Enqueued: all four. Ready: three, and the retry; a hand-back is no arrival. Completed: the success and the failed attempt.
        Assert.Equal((4, 4, 2, 1), (counts.EnqueuedTotal, counts.ReadyTotal, counts.CompletedTotal, counts.FailedTotal));
    }

    [Fact]
    public async Task The_oldest_age_is_that_of_the_job_that_waits_longest()
    {
        Requires(Capability.Totals);
        await EnqueueAsync(Job());
        await PassAsync(Delay);
        await EnqueueAsync(Job());

        var age = (await CountsAsync()).OldestAge;

        Assert.NotNull(age);
        Assert.InRange(age.Value, Delay - TimeSpan.FromMilliseconds(50), Delay + TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task A_queue_with_nothing_ready_has_no_oldest_age()
    {
        Requires(Capability.Totals);
        await EnqueueAsync(Job());
        _ = await ClaimAsync();

        Assert.Null((await CountsAsync()).OldestAge);
    }

    [Fact]
    public async Task A_wait_for_changes_ends_with_the_next_change()
    {
        var seen = await Jobs.WaitForChangeAsync(0, Ct);
        var waiting = Jobs.WaitForChangeAsync(seen, Ct).AsTask();

        await EnqueueAsync(Job());

        Assert.NotEqual(seen, await waiting.WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System, Ct));
    }

    private async Task<IEnumerable<string>> NamesOf(IReadOnlyList<string>? queues) =>
        (await Jobs.CountsAsync(queues, Ct)).Select(static counts => counts.Queue).Order(StringComparer.Ordinal);
}
