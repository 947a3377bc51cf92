namespace Naq.Conformance;

/// <summary>Jobs are listed in pages, newest first.</summary>
public abstract class ListConformance<TBroker> : BrokerConformance<TBroker> where TBroker : BrokerUnderTest, new()
{
    protected override Capability? Needs => Capability.Lists;

    [Fact]
    public async Task Nothing_is_one_empty_page()
    {
        var page = await Jobs.ListAsync(new(), null, 10, Ct);

        Assert.Empty(page.Jobs);
        Assert.Null(page.Next);
    }

    [Fact]
    public async Task Pages_show_every_job_once_and_the_newest_first()
    {
        var jobs = Some(25);
        await EnqueueAsync(jobs);

        var pages = await PagesAsync(new(), 10);

        Assert.Equal([10, 10, 5], pages.Select(static page => page.Count));
        Assert.Equal(jobs.Reverse().Select(static job => job.Id), pages.SelectMany(static page => page).Select(static job => job.Id));
    }

    [Fact]
    public async Task Jobs_that_come_between_two_pages_do_not_shift_them()
    {
        var jobs = Some(6);
        await EnqueueAsync(jobs);
        var first = await Jobs.ListAsync(new(), null, 3, Ct);
        await EnqueueAsync(Some(4));

        var second = await Jobs.ListAsync(new(), first.Next, 3, Ct);

        Assert.Equal(jobs.Take(3).Reverse().Select(static job => job.Id), second.Jobs.Select(static job => job.Id));
    }

    [Fact]
    public async Task A_page_goes_on_where_the_last_job_of_the_page_before_was_forgotten()
    {
        Requires(Capability.Deletion);
        var jobs = Some(4);
        await EnqueueAsync(jobs);
        var first = await Jobs.ListAsync(new(), null, 2, Ct);
        _ = await Jobs.DeleteAsync(first.Jobs[1].Id, Ct);

        var second = await Jobs.ListAsync(new(), first.Next, 2, Ct);

        Assert.Equal([jobs[1].Id, jobs[0].Id], second.Jobs.Select(static job => job.Id));
    }

    [Theory]
    [InlineData(JobState.Ready)]
    [InlineData(JobState.Scheduled)]
    [InlineData(JobState.Running)]
    [InlineData(JobState.Succeeded)]
    [InlineData(JobState.Dead)]
    [InlineData(JobState.Cancelled)]
    public async Task A_list_can_be_of_one_state(JobState state)
    {
        var byState = await OneOfEachAsync();

        var listed = Assert.Single(await PagesAsync(new() { State = state }, 10));

        Assert.Equal([byState[state]], listed.Select(static job => job.Id));
        Assert.All(listed, job => Assert.Equal(state, job.State));
    }

    [Fact]
    public async Task No_job_waits_for_others_yet()
    {
        _ = await OneOfEachAsync();

        Assert.Empty((await Jobs.ListAsync(new() { State = JobState.Waiting }, null, 10, Ct)).Jobs);
    }

    [Fact]
    public async Task Filters_narrow_a_list_together()
    {
        var wanted = Job("a") with { Type = "test.wanted" };
        await EnqueueAsync(wanted, Job("a"), Job("b") with { Type = "test.wanted" }, Job("b"));

        var listed = Assert.Single(await PagesAsync(new() { Queue = "a", Type = "test.wanted", State = JobState.Ready }, 10));

        Assert.Equal([wanted.Id], listed.Select(static job => job.Id));
        Assert.Empty((await Jobs.ListAsync(new() { Queue = "nowhere" }, null, 10, Ct)).Jobs);
    }

    [Fact]
    public async Task A_list_can_be_of_a_span_of_time()
    {
        var start = Now;
        var jobs = Some(3).Select((job, i) => job with { EnqueuedAt = start + TimeSpan.FromSeconds(i) }).ToArray();
        await EnqueueAsync(jobs);

        var filter = new JobFilter { Since = jobs[1].EnqueuedAt, Until = jobs[2].EnqueuedAt };

        Assert.Equal([jobs[1].Id], (await Jobs.ListAsync(filter, null, 10, Ct)).Jobs.Select(static job => job.Id));
    }

    [Fact]
    public async Task A_filter_that_skips_many_still_fills_its_pages()
    {
        await EnqueueAsync([.. Enumerable.Range(0, 30).Select(i => Job(i % 3 == 0 ? "few" : "many"))]);

        var pages = await PagesAsync(new() { Queue = "few" }, 4);

        Assert.Equal(10, pages.SelectMany(static page => page).DistinctBy(static job => job.Id).Count());
    }

    [Fact]
    public async Task A_list_carries_no_payloads()
    {
        await EnqueueAsync(Job());

        Assert.True(Assert.Single((await Jobs.ListAsync(new(), null, 10, Ct)).Jobs).Payload.IsEmpty);
    }

    private async Task<Dictionary<JobState, JobId>> OneOfEachAsync()
    {
        var byState = new Dictionary<JobState, JobId>();
        foreach (var (state, end) in ((JobState, SettleKind)[])[(JobState.Succeeded, SettleKind.Succeed), (JobState.Dead, SettleKind.Dead)])
        {
            await EnqueueAsync(Job());
            var claimed = await ClaimAsync();
            await EndAsync(claimed, end);
            byState[state] = claimed.Id;
        }

        await EnqueueAsync(Job());
        byState[JobState.Running] = (await ClaimAsync()).Id;
        var (ready, scheduled, cancelled) = (Job(), Job() with { RunAt = Now + TimeSpan.FromHours(1) }, Job());
        await EnqueueAsync(ready, scheduled, cancelled);
        _ = await Jobs.CancelAsync(cancelled.Id, Ct);
        (byState[JobState.Ready], byState[JobState.Scheduled], byState[JobState.Cancelled]) = (ready.Id, scheduled.Id, cancelled.Id);
        return byState;
    }

    private async Task<List<IReadOnlyList<JobSnapshot>>> PagesAsync(JobFilter filter, int limit)
    {
        var pages = new List<IReadOnlyList<JobSnapshot>>();
        string? next = null;
        do
        {
            var page = await Jobs.ListAsync(filter, next, limit, Ct);
            Assert.True(page.Jobs.Count <= limit);
            if (page.Jobs.Count > 0)
            {
                pages.Add(page.Jobs);
            }

            next = page.Next;
        }
        while (next is not null);
        return pages;
    }
}
