using System.Collections.Concurrent;

namespace Naq.Nats.Tests.Faults;

/// <summary>A worker in its plainest form: claims, waits, renews its leases, settles. Says what it ran, and what was lost.</summary>
public sealed class FaultWorker : IAsyncDisposable
{
    private readonly IJobStore _jobs;
    private readonly IJobFeed _feed;
    private readonly TimeSpan _time;
    private readonly CancellationTokenSource _end = new();
    private readonly ConcurrentDictionary<JobId, Lease> _held = [];
    private readonly ConcurrentQueue<ClaimedJob> _ran = [];
    private readonly Task _claiming;
    private readonly Task _renewing;
    private int _lost;
    private int _mostHeld;

    public FaultWorker(IJobStore jobs, IJobFeed feed, int slots, TimeSpan time)
    {
        (_jobs, _feed, _time) = (jobs, feed, time);
        feed.Grant(slots);
        (_claiming, _renewing) = (ClaimAsync(), RenewAsync());
    }

    /// <summary>What it ran to its end, settled or not.</summary>
    public IReadOnlyCollection<ClaimedJob> Ran => _ran;

    public int Lost => Volatile.Read(ref _lost);

    /// <summary>The most jobs it held at the same time.</summary>
    public int MostHeld => Volatile.Read(ref _mostHeld);

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await Task.WhenAll(_claiming, _renewing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _feed.DisposeAsync();
        _end.Dispose();
    }

    private async Task ClaimAsync()
    {
        var buffer = new ClaimedJob[64];
        while (true)
        {
            var count = await _feed.ReadAsync(buffer, _end.Token);
            foreach (var job in buffer[..count])
            {
                _held[job.Id] = job.Lease;
                _mostHeld = Math.Max(_mostHeld, _held.Count);
                _ = RunAsync(job);
            }
        }
    }

    private async Task RunAsync(ClaimedJob job)
    {
        await Task.Delay(_time, TimeProvider.System, _end.Token);
        _ran.Enqueue(job);
        while (!_end.IsCancellationRequested)
        {
            try
            {
                var answers = await _jobs.SettleAsync([new(job.Lease, SettleKind.Succeed)], _end.Token);
                _ = answers[0] == SettleResult.LeaseLost ? Interlocked.Increment(ref _lost) : 0;
                break;
            }
            catch (BrokerUnavailableException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, _end.Token);
            }
        }

        _ = _held.TryRemove(job.Id, out _);
        _feed.Grant(1);
    }

    private async Task RenewAsync()
    {
        while (true)
        {
            await Task.Delay(_jobs.LeaseDuration / 4, TimeProvider.System, _end.Token);
            try
            {
                _ = await _jobs.ExtendAsync([.. _held.Values], _end.Token);
            }
            catch (BrokerUnavailableException)
            {
                // The leases run on; the next renewal may come in time.
            }
        }
    }
}
