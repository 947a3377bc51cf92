namespace Naq.Conformance;

/// <summary>How long the suite waits for what must come: generous, since a machine may be busy, and a broker may elect a leader.</summary>
internal static class Patience
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>A token that fires when the patience, or the test, has ended.</summary>
    public static CancellationTokenSource Start()
    {
        var source = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        source.CancelAfter(Limit);
        return source;
    }
}

/// <summary>A feed in the hands of a test.</summary>
public sealed class Reader(IJobFeed feed) : IAsyncDisposable
{
    private readonly ClaimedJob[] _buffer = new ClaimedJob[64];

    public void Grant(int credits) => feed.Grant(credits);

    /// <summary>Grants as many credits and reads as many jobs.</summary>
    public Task<IReadOnlyList<ClaimedJob>> TakeAsync(int count)
    {
        feed.Grant(count);
        return ReadAsync(count);
    }

    /// <summary>Grants one credit and reads one job.</summary>
    public async Task<ClaimedJob> TakeAsync() => Assert.Single(await TakeAsync(1));

    /// <summary>Reads exactly so many jobs.</summary>
    public async Task<IReadOnlyList<ClaimedJob>> ReadAsync(int count)
    {
        using var patience = Patience.Start();
        var jobs = new List<ClaimedJob>();
        try
        {
            while (jobs.Count < count)
            {
                await ReadInto(jobs, count - jobs.Count, patience.Token);
            }
        }
        catch (OperationCanceledException) when (!TestContext.Current.CancellationToken.IsCancellationRequested)
        {
            Assert.Fail($"{jobs.Count} of {count} jobs arrived in time.");
        }

        return jobs;
    }

    /// <summary>Reads what there is, once.</summary>
    public async Task<IReadOnlyList<ClaimedJob>> ReadOnceAsync(CancellationToken ct)
    {
        var jobs = new List<ClaimedJob>();
        await ReadInto(jobs, _buffer.Length, ct);
        return jobs;
    }

    /// <summary>Withdraws the credits.</summary>
    public ValueTask WithdrawAsync(CancellationToken ct) => feed.StopAsync(ct);

    /// <summary>Withdraws the credits and reads what had been claimed by then: what is missing never comes.</summary>
    public async Task<IReadOnlyList<ClaimedJob>> StopAsync()
    {
        using var patience = Patience.Start();
        await feed.StopAsync(patience.Token);
        var jobs = new List<ClaimedJob>();
        while (await ReadInto(jobs, _buffer.Length, patience.Token) > 0)
        {
        }

        return jobs;
    }

    public ValueTask DisposeAsync() => feed.DisposeAsync();

    private async Task<int> ReadInto(List<ClaimedJob> jobs, int most, CancellationToken ct)
    {
        var count = await feed.ReadAsync(_buffer.AsMemory(0, Math.Min(most, _buffer.Length)), ct);
        jobs.AddRange(_buffer.AsSpan(0, count));
        return count;
    }
}
