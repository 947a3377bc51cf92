namespace Naq.Conformance;

/// <summary>At most one job of a key is in flight, wherever and in whatever state.</summary>
public abstract class UniqueConformance<TBroker> : BrokerConformance<TBroker> where TBroker : BrokerUnderTest, new()
{
    [Fact]
    public async Task A_second_one_is_refused_while_the_first_is_ready()
    {
        var first = Keyed();
        await EnqueueAsync(first);

        await AssertHeldByAsync(first);
    }

    [Fact]
    public async Task A_second_one_is_refused_while_the_first_is_scheduled()
    {
        var first = Keyed() with { RunAt = Now + TimeSpan.FromHours(1) };
        await EnqueueAsync(first);

        await AssertHeldByAsync(first);
    }

    [Fact]
    public async Task A_delayed_one_arrives_at_its_time_and_holds_its_key()
    {
        var first = Keyed() with { RunAt = Now + Delay };
        await EnqueueAsync(first);
        var reader = await OpenAsync(Queue);
        reader.Grant(1);
        await PassAsync(HasClock ? Delay + TimeSpan.FromMilliseconds(1) : TimeSpan.Zero);

        Assert.Equal(first.Id, Assert.Single(await reader.ReadAsync(1)).Id);

        await AssertHeldByAsync(first);
    }

    [Fact]
    public async Task A_second_one_is_refused_while_the_first_runs()
    {
        var first = Keyed();
        await EnqueueAsync(first);
        _ = await ClaimAsync();

        await AssertHeldByAsync(first);
    }

    [Fact]
    public async Task A_second_one_is_refused_while_the_first_waits_for_its_retry()
    {
        var first = Keyed();
        await EnqueueAsync(first);
        var claimed = await ClaimAsync();
        await EndAsync(new Settlement(claimed.Lease, SettleKind.Retry) { DueAt = Now + TimeSpan.FromHours(1), Reason = "later" });

        await AssertHeldByAsync(first);
    }

    [Fact]
    public async Task A_second_one_is_refused_after_a_hand_back()
    {
        var first = Keyed();
        await EnqueueAsync(first);
        await EndAsync(await ClaimAsync(), SettleKind.HandBack);

        await AssertHeldByAsync(first);
    }

    [Fact]
    public async Task A_key_holds_over_queues_and_classes()
    {
        var first = Keyed();
        await EnqueueAsync(first);

        var second = await TryEnqueueAsync(Job("elsewhere", JobPriority.Low) with { Unique = Key() });

        Assert.Equal(new(first.Id, EnqueueStatus.Duplicate), second);
    }

    [Fact]
    public async Task Two_keys_and_two_types_do_not_meet()
    {
        await EnqueueAsync(Keyed());

        await EnqueueAsync(Job() with { Unique = UniqueKey.Of("test.job", new Unique("other")) });
        await EnqueueAsync(Job() with { Type = "test.other", Unique = UniqueKey.Of("test.other", new Unique("key")) });
    }

    [Fact]
    public async Task Two_of_a_key_in_one_batch_are_one()
    {
        var (first, second) = (Keyed(), Keyed());

        var results = await Jobs.EnqueueAsync([first, second], Ct);

        Assert.Equal([new(first.Id, EnqueueStatus.Accepted), new(first.Id, EnqueueStatus.Duplicate)], results);
    }

    [Theory]
    [InlineData(SettleKind.Succeed)]
    [InlineData(SettleKind.Dead)]
    [InlineData(SettleKind.Cancelled)]
    public async Task The_key_is_free_when_the_job_has_ended(SettleKind end)
    {
        await EnqueueAsync(Keyed());
        await EndAsync(await ClaimAsync(), end);

        await EnqueueAsync(Keyed());
    }

    [Fact]
    public async Task The_key_is_free_when_the_job_was_cancelled_before_it_ran()
    {
        var first = Keyed();
        await EnqueueAsync(first);
        Assert.Equal(CancelResult.Cancelled, await Jobs.CancelAsync(first.Id, Ct));

        await EnqueueAsync(Keyed());
    }

    [Fact]
    public async Task A_period_refuses_on_after_the_end_and_then_frees()
    {
        Requires(Capability.UniquePeriod);
        var first = Job() with { Unique = Key(Delay) };
        await EnqueueAsync(first);
        await EndAsync(await ClaimAsync(), SettleKind.Succeed);
        await AssertHeldByAsync(first);

        await PassAsync(Delay + TimeSpan.FromMilliseconds(10));

        await EnqueueAsync(Keyed());
    }

    [Fact]
    public async Task A_period_that_is_over_does_not_free_a_job_in_flight()
    {
        Requires(Capability.UniquePeriod);
        var first = Job() with { Unique = Key(Delay) };
        await EnqueueAsync(first);

        await PassAsync(Delay + TimeSpan.FromMilliseconds(10));

        await AssertHeldByAsync(first);
    }

    [Fact]
    public async Task A_job_that_was_put_back_holds_its_key_beyond_the_period()
    {
        Requires(Capability.UniquePeriod);
        var first = Job() with { Unique = Key(Delay) };
        await EnqueueAsync(first);
        await EndAsync(await ClaimAsync(), SettleKind.Dead);
        Assert.Equal(RequeueResult.Requeued, await Jobs.RequeueAsync(first.Id, Ct));

        await PassAsync(Delay + TimeSpan.FromMilliseconds(10));

        await AssertHeldByAsync(first);
    }

    [Fact]
    public async Task Of_a_bulk_those_are_refused_whose_keys_are_held_or_come_twice()
    {
        var (ended, held) = (Of(70), Of(50));
        await EnqueueAsync(ended);
        await EndAsync(await ClaimAsync(), SettleKind.Succeed);
        await EnqueueAsync(held);
        var bulk = Enumerable.Range(0, 120).Select(Of).ToArray();
        bulk[30] = Of(10);
        bulk[90] = bulk[20];

        var results = await Jobs.EnqueueAsync(bulk, Ct);

        var refused = new Dictionary<int, JobId> { [30] = bulk[10].Id, [50] = held.Id, [90] = bulk[20].Id };
        Assert.Equal(bulk.Select((job, i) => refused.TryGetValue(i, out var holder)
            ? new EnqueueResult(holder, EnqueueStatus.Duplicate)
            : new EnqueueResult(job.Id, EnqueueStatus.Accepted)), results);
        Assert.Equal(bulk.Length - refused.Count + 1, (await CountsAsync()).Ready);

        var again = await Jobs.EnqueueAsync([.. Enumerable.Range(0, bulk.Length).Select(Of)], Ct);

        Assert.Equal([30, 90], again.Index().Where(static one => one.Item.Status == EnqueueStatus.Accepted).Select(static one => one.Index));

        NewJob Of(int number) => Job() with { Unique = UniqueKey.Of("test.job", new Unique($"bulk {number}")) };
    }

    [Fact]
    public async Task Of_four_that_race_one_is_accepted()
    {
        for (var round = 0; round < 25; round++)
        {
            var key = UniqueKey.Of("test.job", new Unique($"race {round}"));
            var racers = Some(4).Select(job => job with { Unique = key }).ToArray();

            var results = await TogetherAsync(4, i => TryEnqueueAsync(racers[i]));

            var winner = Assert.Single(results, static result => result.Status == EnqueueStatus.Accepted);
            Assert.All(results, result => Assert.Equal(winner.Id, result.Id));
        }
    }

    private static UniqueKey Key(TimeSpan? period = null) => UniqueKey.Of("test.job", new Unique("key", period));

    private NewJob Keyed() => Job() with { Unique = Key() };

    private async Task AssertHeldByAsync(NewJob first) =>
        Assert.Equal(new(first.Id, EnqueueStatus.Duplicate), await TryEnqueueAsync(Keyed()));
}
