namespace Naq.Conformance;

/// <summary>Whatever is done in whatever order, the broker agrees with a model of forty lines.</summary>
/// <remarks>A failure names the seed and the step; the same seed does the same again.</remarks>
public abstract class RandomConformance<TBroker> : BrokerConformance<TBroker> where TBroker : BrokerUnderTest, new()
{
    private const int Steps = 250;

    private BrokerModel _model = new(keepsPlace: true);
    private readonly Dictionary<JobId, ClaimedJob> _claims = [];
    private Random _random = new(0);
    private Dictionary<string, Reader> _readers = [];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Random_operations_agree_with_the_model(int seed)
    {
        Requires(Capability.FinishedRecords);
        Requires(Capability.Deletion);
        (_random, _model) = (new Random(seed), new BrokerModel(Has(Capability.KeptPlace)));
        _readers = new() { ["a"] = await OpenAsync("a"), ["b"] = await OpenAsync("b") };

        for (var step = 0; step < Steps; step++)
        {
            var operation = _random.Next(100);
            try
            {
                await (operation switch
                {
                    < 30 => EnqueueOneAsync(),
                    < 55 => ClaimOneAsync(),
                    < 75 => SettleOneAsync(),
                    < 80 => CancelOneAsync(),
                    < 87 => RequeueOneAsync(),
                    < 91 => DeleteOneAsync(),
                    < 98 => LetTimePassAsync(),
                    _ => PurgeAsync(),
                });
                await CompareCountsAsync();
            }
            catch (Exception error)
            {
                Assert.Fail($"Seed {seed}, step {step}, operation {operation}: {error}");
            }
        }

        await CompareJobsAsync();
    }

    private async Task EnqueueOneAsync()
    {
        var key = _random.Next(3) == 0 ? $"key {_random.Next(4)}" : null;
        var job = Job(AnyQueue(), (JobPriority)_random.Next(3)) with
        {
            Unique = key is null ? null : UniqueKey.Of("test.job", new Unique(key)),
            RunAt = HasClock && _random.Next(4) == 0 ? Now + TimeSpan.FromSeconds(_random.Next(1, 60)) : null,
        };
        var expected = _model.Enqueue(job, key, Now);

        Assert.Equal(expected, await TryEnqueueAsync(job));
    }

    private async Task ClaimOneAsync()
    {
        var queue = AnyQueue();
        if (_model.Next(queue) is { } expected)
        {
            var claimed = await _readers[queue].TakeAsync();
            Assert.Equal((expected.Id, expected.Attempts + 1), (claimed.Id, claimed.Attempt));
            Assert.True(claimed.Lease.Fence > expected.Fence);
            expected.State = JobState.Running;
            expected.Fence = claimed.Lease.Fence;
            _claims[claimed.Id] = claimed;
        }
    }

    private async Task SettleOneAsync()
    {
        if (_claims.Count == 0)
        {
            return;
        }

        var claim = _claims.Values.ElementAt(_random.Next(_claims.Count));
        var kinds = Enum.GetValues<SettleKind>();
        var settlement = new Settlement(claim.Lease, kinds[_random.Next(kinds.Length)])
        {
            DueAt = HasClock ? Now + TimeSpan.FromSeconds(_random.Next(-1, 30)) : Now,
            Reason = "by chance",
        };
        await EndAsync(settlement);
        _ = _claims.Remove(claim.Id);
        _model.Settle(claim.Id, settlement, Now);
        Assert.Equal(SettleResult.LeaseLost, await SettleAsync(settlement));
    }

    private async Task CancelOneAsync()
    {
        if (AnyJob() is { } job)
        {
            Assert.Equal(BrokerModel.Cancel(job), await Jobs.CancelAsync(job.Id, Ct));
        }
    }

    private async Task RequeueOneAsync()
    {
        if (AnyJob() is { } job)
        {
            Assert.Equal(_model.Requeue(job), await Jobs.RequeueAsync(job.Id, Ct));
        }
    }

    private async Task DeleteOneAsync()
    {
        if (AnyJob() is { } job)
        {
            Assert.Equal(_model.Delete(job), await Jobs.DeleteAsync(job.Id, Ct));
        }
    }

    private async Task PurgeAsync()
    {
        var queue = AnyQueue();
        Assert.Equal(_model.Purge(queue), await Jobs.PurgeAsync(queue, Ct));
    }

    private async Task LetTimePassAsync()
    {
        var leases = _claims.Values.Select(static claim => claim.Lease).ToList();
        Assert.DoesNotContain(LeaseStatus.Lost, await Jobs.ExtendAsync(leases, Ct));
        if (HasClock)
        {
            await PassAsync(TimeSpan.FromSeconds(_random.Next(1, (int)(Lease.TotalSeconds / 3))));
            _model.Promote(Now);
        }
    }

    private async Task CompareCountsAsync()
    {
        foreach (var queue in (string[])["a", "b"])
        {
            var expected = _model.Counts(queue);
            await UntilAsync(async () => (await CountsOrNoneAsync(queue)).Scheduled == expected.Scheduled);
            var counts = await CountsOrNoneAsync(queue);
            Assert.Equal(expected, (counts.Ready, counts.Scheduled, counts.InFlight, counts.Dead));
        }
    }

    private async Task<QueueCounts> CountsOrNoneAsync(string queue) =>
        (await Jobs.CountsAsync([queue], Ct)).SingleOrDefault() ?? new QueueCounts(queue);

    private async Task CompareJobsAsync()
    {
        foreach (var expected in _model.Jobs)
        {
            var found = await FindAsync(expected.Id);
            Assert.Equal((expected.Id, expected.State, expected.Attempts), (found.Id, found.State, found.Attempts));
        }

        var listed = await Jobs.ListAsync(new(), null, 1000, Ct);
        Assert.Equal(_model.Jobs.Select(static job => job.Id).Reverse(), listed.Jobs.Select(static job => job.Id));
    }

    private string AnyQueue() => _random.Next(2) == 0 ? "a" : "b";

    private ModelJob? AnyJob() => _model.Jobs.Count == 0 ? null : _model.Jobs[_random.Next(_model.Jobs.Count)];
}
