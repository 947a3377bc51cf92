namespace Naq.Conformance;

/// <summary>What a running job says of itself is found by others, and where it left off by its next run; nobody else can say it.</summary>
public abstract class ReportConformance<TBroker> : BrokerConformance<TBroker> where TBroker : BrokerUnderTest, new()
{
    [Fact]
    public async Task Progress_and_note_are_found_and_the_last_ones_stay()
    {
        await EnqueueAsync(Job());
        var claimed = await ClaimAsync();

        Assert.Equal(LeaseStatus.Held, await ReportAsync(new(claimed.Lease) { Progress = 0.25, Note = "reading" }));
        Assert.Equal(LeaseStatus.Held, await ReportAsync(new(claimed.Lease) { Progress = 0.5 }));

        var running = await FindAsync(claimed.Id);
        Assert.Equal((0.5, "reading"), (running.Progress, running.Note));

        await EndAsync(claimed, SettleKind.Succeed);
        var ended = await FindAsync(claimed.Id);
        Assert.Equal((0.5, "reading"), (ended.Progress, ended.Note));
    }

    [Fact]
    public async Task A_job_that_says_nothing_has_no_progress_and_no_checkpoint()
    {
        await EnqueueAsync(Job());
        var first = await ClaimAsync();
        Assert.True(first.Checkpoint.IsEmpty);
        await EndAsync(first, SettleKind.HandBack);

        var second = await ClaimAsync();

        Assert.True(second.Checkpoint.IsEmpty);
        var job = await FindAsync(first.Id);
        Assert.Equal((null, null, null), (job.Progress, job.Note, job.Log));
    }

    [Theory]
    [InlineData(SettleKind.HandBack)]
    [InlineData(SettleKind.Retry)]
    [InlineData(SettleKind.Snooze)]
    public async Task A_checkpoint_comes_with_the_next_claims(SettleKind end)
    {
        await EnqueueAsync(Job());
        var first = await ClaimAsync();
        _ = await ReportAsync(new(first.Lease) { Checkpoint = "[1]"u8.ToArray() });
        _ = await ReportAsync(new(first.Lease) { Checkpoint = "[1,2]"u8.ToArray() });
        await EndAsync(new Settlement(first.Lease, end) { DueAt = Now });

        var second = await ClaimAsync();
        Assert.Equal("[1,2]"u8.ToArray(), second.Checkpoint.ToArray());
        await EndAsync(second, SettleKind.HandBack);

        Assert.Equal("[1,2]"u8.ToArray(), (await ClaimAsync()).Checkpoint.ToArray());
    }

    [Fact]
    public async Task A_checkpoint_survives_the_death_of_the_worker_and_a_run_alone()
    {
        await EnqueueAsync(Job());
        await using (var reader = await OpenAsync(Queue))
        {
            var first = await reader.TakeAsync();
            _ = await ReportAsync(new(first.Lease) { Checkpoint = "\"here\""u8.ToArray() });
        }

        await OutliveLeaseAsync();
        await InterruptAsync(1);

        var alone = await ClaimAsync();
        Assert.True(alone.IsAlone);
        Assert.Equal("\"here\""u8.ToArray(), alone.Checkpoint.ToArray());
    }

    [Fact]
    public async Task A_checkpoint_survives_a_dead_letter_that_is_put_back()
    {
        await EnqueueAsync(Job());
        var first = await ClaimAsync();
        _ = await ReportAsync(new(first.Lease) { Checkpoint = "7"u8.ToArray() });
        await EndAsync(first, SettleKind.Dead);

        Assert.Equal(RequeueResult.Requeued, await Jobs.RequeueAsync(first.Id, Ct));

        Assert.Equal("7"u8.ToArray(), (await ClaimAsync()).Checkpoint.ToArray());
    }

    [Fact]
    public async Task A_lost_lease_says_nothing_more()
    {
        await EnqueueAsync(Job());
        var stale = await ClaimAsync();
        await OutliveLeaseAsync();
        var current = await ClaimAsync();
        _ = await ReportAsync(new(current.Lease) { Progress = 0.1, Note = "mine" });

        Assert.Equal(LeaseStatus.Lost, await ReportAsync(new(stale.Lease) { Progress = 0.9, Note = "stale" }));

        var job = await FindAsync(current.Id);
        Assert.Equal((0.1, "mine"), (job.Progress, job.Note));
    }

    [Fact]
    public async Task A_settled_claim_says_nothing_more()
    {
        await EnqueueAsync(Job());
        var claimed = await ClaimAsync();
        await EndAsync(claimed, SettleKind.Succeed);

        Assert.Equal(LeaseStatus.Lost, await ReportAsync(new(claimed.Lease) { Note = "late" }));
    }

    [Fact]
    public async Task A_report_learns_of_a_cancellation()
    {
        await EnqueueAsync(Job());
        var claimed = await ClaimAsync();
        Assert.Equal(CancelResult.Requested, await Jobs.CancelAsync(claimed.Id, Ct));

        await UntilAsync(async () => await ReportAsync(new(claimed.Lease) { Progress = 0.1 }) == LeaseStatus.CancelRequested);
    }

    [Fact]
    public async Task Each_of_a_batch_is_answered()
    {
        var reader = await OpenAsync(Queue);
        await EnqueueAsync(Some(3));
        var claimed = await reader.TakeAsync(3);
        await EndAsync(claimed[1], SettleKind.Succeed);

        var answers = await Jobs.ReportAsync([.. claimed.Select(static job => new JobReport(job.Lease) { Note = "n" })], Ct);

        Assert.Equal([LeaseStatus.Held, LeaseStatus.Lost, LeaseStatus.Held], answers);
    }

    [Theory]
    [InlineData(SettleKind.Succeed)]
    [InlineData(SettleKind.Dead)]
    [InlineData(SettleKind.Retry)]
    public async Task The_last_lines_of_a_log_are_kept_with_the_job(SettleKind end)
    {
        await EnqueueAsync(Job());
        var claimed = await ClaimAsync();

        await EndAsync(new Settlement(claimed.Lease, end) { DueAt = Now + TimeSpan.FromHours(1), Log = "one\ntwo" });

        Assert.Equal("one\ntwo", (await FindAsync(claimed.Id)).Log);
    }

    [Fact]
    public async Task What_was_said_goes_with_the_job()
    {
        var job = Job();
        await EnqueueAsync(job);
        var claimed = await ClaimAsync();
        _ = await ReportAsync(new(claimed.Lease) { Progress = 1, Checkpoint = "1"u8.ToArray() });
        await EndAsync(claimed, SettleKind.Dead);
        Assert.Equal(CancelResult.Cancelled, await Jobs.DeleteAsync(job.Id, Ct));

        Assert.Null(await Jobs.FindAsync(job.Id, Ct));
        if ((await TryEnqueueAsync(Job() with { Id = job.Id })).Status == EnqueueStatus.Accepted)
        {
            // Where an id is not remembered for longer than its job.
            Assert.Null((await FindAsync(job.Id)).Progress);
            Assert.True((await ClaimAsync()).Checkpoint.IsEmpty);
        }
    }

    [Fact]
    public async Task Tags_are_shown_and_found_by()
    {
        var (blue, plain) = (Job() with { Settings = new() { Tags = ["blue", "x:1"] } }, Job());
        await EnqueueAsync(blue, plain);

        Assert.Equal(["blue", "x:1"], (await FindAsync(blue.Id)).Tags);
        Assert.Equal([blue.Id], (await Jobs.ListAsync(new() { Tag = "blue" }, null, 10, Ct)).Jobs.Select(static job => job.Id));
        Assert.Equal(["blue", "x:1"], (await ClaimAsync()).Settings.Tags);
    }

    [Fact]
    public async Task Tags_of_what_ended_are_found_by()
    {
        Requires(Capability.FinishedRecords);
        var tagged = Job() with { Settings = new() { Tags = ["red"] } };
        await EnqueueAsync(tagged);
        await EndAsync(await ClaimAsync(), SettleKind.Succeed);

        Assert.Equal([tagged.Id], (await Jobs.ListAsync(new() { Tag = "red" }, null, 10, Ct)).Jobs.Select(static job => job.Id));
    }

    private async Task<LeaseStatus> ReportAsync(JobReport report) => Assert.Single(await Jobs.ReportAsync([report], Ct));
}
