using Microsoft.Extensions.Time.Testing;

namespace Naq.Conformance;

/// <summary>What all areas of the suite share: an open broker, jobs to put into it, and ways to let time pass.</summary>
/// <typeparam name="TBroker">The broker under test.</typeparam>
public abstract class BrokerConformance<TBroker> : IAsyncLifetime where TBroker : BrokerUnderTest, new()
{
    /// <summary>The queue of tests that need only one.</summary>
    protected const string Queue = "main";

    private readonly List<IAsyncDisposable> _opened = [];
    private readonly TBroker _subject = new();

    protected Broker Broker { get; private set; } = null!; // Set before each test by InitializeAsync.

    protected IJobStore Jobs => Broker.Jobs;

    protected IClusterStore Cluster => Broker.Cluster;

    protected TimeSpan Lease => _subject.LeaseDuration;

    /// <summary>A delay that is worth waiting for.</summary>
    protected TimeSpan Delay => HasClock ? TimeSpan.FromMinutes(1) : TimeSpan.FromSeconds(1.5);

    /// <summary>Whether the tests say what time it is.</summary>
    protected bool HasClock => _subject.Time is FakeTimeProvider;

    /// <summary>The wall time, in whole milliseconds as brokers may keep it.</summary>
    protected DateTimeOffset Now => DateTimeOffset.FromUnixTimeMilliseconds(_subject.Time.GetUtcNow().ToUnixTimeMilliseconds());

    protected static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>What every test of the area needs; null: nothing special.</summary>
    protected virtual Capability? Needs => null;

    /// <summary>How the broker is opened.</summary>
    protected virtual ConformanceOptions Options => new(Lease);

    public async ValueTask InitializeAsync()
    {
        if (Needs is { } capability)
        {
            Requires(capability);
        }

        Broker = await _subject.OpenAsync(Options, Ct);
        _opened.Add(Broker);
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        foreach (var opened in Enumerable.Reverse(_opened))
        {
            await opened.DisposeAsync();
        }

        await _subject.DisposeAsync();
    }

    /// <summary>Skips the test where the broker lacks something, with its reason.</summary>
    protected void Requires(Capability capability)
    {
        if (_subject.Missing(capability) is { } reason)
        {
            Assert.Skip($"{capability}: {reason}");
        }
    }

    protected bool Has(Capability capability) => _subject.Missing(capability) is null;

    protected async Task<Broker> OpenAnotherAsync()
    {
        Requires(Capability.SecondBroker);
        var another = await _subject.OpenAnotherAsync(Options, Ct);
        _opened.Add(another);
        return another;
    }

    /// <summary>A job of type <c>test.job</c> with a payload of its own.</summary>
    protected NewJob Job(string queue = Queue, JobPriority priority = JobPriority.Normal)
    {
        var id = JobId.New(_subject.Time);
        var payload = System.Text.Encoding.UTF8.GetBytes($$"""{"id":"{{id}}"}""");
        return new(id, "test.job", queue, priority, payload, JobSettings.Default) { EnqueuedAt = Now };
    }

    protected NewJob[] Some(int count, string queue = Queue, JobPriority priority = JobPriority.Normal) =>
        [.. Enumerable.Range(0, count).Select(_ => Job(queue, priority))];

    /// <summary>Enqueues jobs in one batch; all must be accepted.</summary>
    protected async Task EnqueueAsync(params NewJob[] jobs)
    {
        var results = await Jobs.EnqueueAsync(jobs, Ct);
        Assert.Equal(jobs.Select(static job => new EnqueueResult(job.Id, EnqueueStatus.Accepted)), results);
    }

    protected async Task<EnqueueResult> TryEnqueueAsync(NewJob job) => Assert.Single(await Jobs.EnqueueAsync([job], Ct));

    protected Task<Reader> OpenAsync(params string[] queues) =>
        OpenAsync(new FeedOptions([.. queues.Select(static q => new QueueSource(q))]) { Worker = "w1" });

    protected async Task<Reader> OpenAsync(FeedOptions options, IJobStore? jobs = null)
    {
        var reader = new Reader(await (jobs ?? Jobs).OpenFeedAsync(options, Ct));
        _opened.Add(reader);
        return reader;
    }

    /// <summary>Claims one job with a feed of its own.</summary>
    protected async Task<ClaimedJob> ClaimAsync(string queue = Queue)
    {
        var reader = await OpenAsync(queue);
        return await reader.TakeAsync();
    }

    protected async Task<SettleResult> SettleAsync(ClaimedJob job, SettleKind kind) => await SettleAsync(new Settlement(job.Lease, kind));

    protected async Task<SettleResult> SettleAsync(Settlement settlement) => Assert.Single(await Jobs.SettleAsync([settlement], Ct));

    /// <summary>Settles a claim that must still be held.</summary>
    protected async Task EndAsync(ClaimedJob job, SettleKind kind) => Assert.Equal(SettleResult.Settled, await SettleAsync(job, kind));

    protected async Task EndAsync(Settlement settlement) => Assert.Equal(SettleResult.Settled, await SettleAsync(settlement));

    protected async Task<LeaseStatus> ExtendAsync(ClaimedJob job) => Assert.Single(await Jobs.ExtendAsync([job.Lease], Ct));

    protected async Task<JobSnapshot> FindAsync(JobId id)
    {
        var job = await Jobs.FindAsync(id, Ct);
        Assert.NotNull(job);
        return job;
    }

    protected async Task<QueueCounts> CountsAsync(string queue = Queue) => Assert.Single(await Jobs.CountsAsync([queue], Ct));

    /// <summary>Lets time pass: at once where the tests hold the clock.</summary>
    protected async Task PassAsync(TimeSpan time)
    {
        if (_subject.Time is FakeTimeProvider clock)
        {
            clock.Advance(time);
        }
        else
        {
            await Task.Delay(time, TimeProvider.System, Ct);
        }
    }

    /// <summary>Lets a lease that nobody extends come to its end.</summary>
    protected Task OutliveLeaseAsync() => PassAsync(Lease + TimeSpan.FromMilliseconds(100));

    /// <summary>Claims a job and loses its lease, as a worker that dies.</summary>
    protected async Task InterruptAsync(int times, string queue = Queue)
    {
        for (var i = 0; i < times; i++)
        {
            await using (var reader = await OpenAsync(queue))
            {
                _ = await reader.TakeAsync();
            }

            await OutliveLeaseAsync();
        }
    }

    /// <summary>Does something several times at once, on threads of their own.</summary>
    protected static async Task<T[]> TogetherAsync<T>(int times, Func<int, Task<T>> act)
    {
        var results = new T[times];
        var options = new ParallelOptions { MaxDegreeOfParallelism = times, CancellationToken = Ct };
        await Parallel.ForAsync(0, times, options, async (i, _) => results[i] = await act(i));
        return results;
    }

    /// <summary>Waits until something holds that the broker does by itself.</summary>
    protected async Task UntilAsync(Func<Task<bool>> holds)
    {
        using var patience = Patience.Start();
        for (var seen = 0L; !await holds(); seen = await Jobs.WaitForChangeAsync(seen, patience.Token))
        {
        }
    }
}
