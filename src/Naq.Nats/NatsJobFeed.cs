using NATS.Client.JetStream;
using Naq.Brokers;

namespace Naq.Nats;

/// <summary>A worker's stream: a loop that asks each consumer for no more than the credits that are left.</summary>
/// <remarks>
/// One pass asks the consumers one after another, in the feed's order, and never waits at one: so the credits are never exceeded. It is
/// repeated while there are credits. (Standing pulls, split over the consumers, would save the repetition.)
/// </remarks>
internal sealed class NatsJobFeed : IJobFeed
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly NatsJobStore _store;
    private readonly FeedOptions _options;
    private readonly Lock _lock = new();
    private readonly Queue<ClaimedJob> _unread = new();
    private readonly SemaphoreSlim _passing = new(1, 1);
    private readonly CancellationTokenSource _end = new();
    private readonly Task _loop;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _credits;
    private bool _isStopped;

    public NatsJobFeed(NatsJobStore store, FeedOptions options)
    {
        (_store, _options) = (store, options);
        _loop = RunAsync();
    }

    public Action? Attention => _options.Attention;

    public void Grant(int credits)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(credits, 1);
        ObjectDisposedException.ThrowIf(_end.IsCancellationRequested, this);
        lock (_lock)
        {
            (_credits, _isStopped) = (_credits + credits, false);
        }

        Changed();
    }

    public async ValueTask StopAsync(CancellationToken ct)
    {
        lock (_lock)
        {
            (_credits, _isStopped) = (0, true);
        }

        // Behind the pass that runs now: after it nothing more is claimed.
        await _passing.WaitAsync(ct).ConfigureAwait(false);
        _ = _passing.Release();
        Changed();
    }

    public async ValueTask<int> ReadAsync(Memory<ClaimedJob> buffer, CancellationToken ct)
    {
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                var count = 0;
                while (count < buffer.Length && _unread.TryDequeue(out var job))
                {
                    buffer.Span[count++] = job;
                }

                if (count > 0 || _isStopped)
                {
                    return count;
                }

                changed = _changed.Task;
            }

            await changed.WaitAsync(ct).ConfigureAwait(false);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_end.IsCancellationRequested)
        {
            return;
        }

        await StopAsync(CancellationToken.None).ConfigureAwait(false);
        await _end.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Settlement[] unread = [.. _unread.Select(static job => new Settlement(job.Lease, SettleKind.HandBack))];
        _unread.Clear();
        _ = await _store.SettleAsync(unread, CancellationToken.None).ConfigureAwait(false);
        _end.Dispose();
        _passing.Dispose();
    }

    private async Task RunAsync()
    {
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                changed = _changed.Task;
            }

            if (Volatile.Read(ref _credits) == 0)
            {
                await changed.WaitAsync(_end.Token).ConfigureAwait(false);
            }

            await _passing.WaitAsync(_end.Token).ConfigureAwait(false);
            try
            {
                await PassAsync().ConfigureAwait(false);
            }
            finally
            {
                _ = _passing.Release();
            }

            await Task.Delay(Pause, _store.Session.Time, _end.Token).ConfigureAwait(false);
        }
    }

    private async Task PassAsync()
    {
        foreach (var queue in await _store.QueuesAsync(_options.Queues, _end.Token).ConfigureAwait(false))
        {
            foreach (var priority in Enum.GetValues<JobPriority>())
            {
                if (Volatile.Read(ref _credits) is > 0 and var credits)
                {
                    await FetchAsync(_store.Consumers.Of(queue, priority), credits).ConfigureAwait(false);
                }
            }
        }
    }

    private async Task FetchAsync(INatsJSConsumer consumer, int credits)
    {
        var since = _store.Session.Time.GetTimestamp();
        var messages = consumer.FetchNoWaitAsync<byte[]>(new() { MaxMsgs = credits }, cancellationToken: _end.Token);
        await foreach (var message in messages.ConfigureAwait(false))
        {
            await TakeAsync(message, since).ConfigureAwait(false);
        }
    }

    private async Task TakeAsync(INatsJSMsg<byte[]> message, long since)
    {
        var envelope = Envelope.Read(message.Subject, message.Headers, message.Data);
        var early = envelope.NotBefore - _store.Session.Time.GetUtcNow();
        if (early > TimeSpan.Zero)
        {
            await message.NakAsync(new() { NakDelay = early.Value + TimeSpan.FromMilliseconds(1) }).ConfigureAwait(false);
            return;
        }

        var claim = new NatsClaim(this, message, envelope);
        claim.HoldSince(since, _store.Session.Lease, _store.Session.Time);
        if (!await _store.TryBeginAsync(claim, _end.Token).ConfigureAwait(false))
        {
            await message.AckAsync().ConfigureAwait(false);
            return;
        }

        lock (_lock)
        {
            _credits = Math.Max(0, _credits - 1);
            _unread.Enqueue(ToJob(claim));
        }

        Changed();
    }

    private static ClaimedJob ToJob(NatsClaim claim)
    {
        var (address, envelope) = (claim.Envelope.Address, claim.Envelope);
        var lease = new Lease(address.Id, claim.Fence, (long)claim.Sequence, claim);
        return new(lease, envelope.Type, address.Queue, address.Priority, envelope.Payload, envelope.ReadSettings())
        {
            Attempt = envelope.Attempts + 1,
            Interruptions = claim.Interruptions,
            EnqueuedAt = envelope.EnqueuedAt,
            ReadyAt = envelope.NotBefore ?? claim.Message.Metadata!.Value.Timestamp,
        };
    }

    private void Changed()
    {
        TaskCompletionSource changed;
        lock (_lock)
        {
            changed = _changed;
            _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        _ = changed.TrySetResult();
    }
}
