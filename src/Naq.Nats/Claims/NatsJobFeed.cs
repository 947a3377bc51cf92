using Microsoft.Extensions.Logging;
using Naq.Brokers;

namespace Naq.Nats.Claims;

/// <summary>A worker's stream: its credits, and the jobs that have arrived and were not read yet. <see cref="Asker"/> asks, <see cref="Inbox"/> receives.</summary>
internal sealed partial class NatsJobFeed : IJobFeed
{
    private readonly NatsJobStore _store;
    private readonly FeedOptions _options;
    private readonly ILogger _log;
    private readonly Asker _asker;
    private readonly Inbox _inbox;
    private readonly Queue<ClaimedJob> _unread = new();

    /// <summary>Guards the queue of unread jobs and the fields below.</summary>
    private readonly Lock _lock = new();
    private int _credits;
    private int _reserved;
    private bool _isStopped;
    private bool _isDisposed;
    private int _unsettled;

    /// <summary>Whoever waits for a job. It goes on in the thread that announces one: a job reaches its slot a wake-up sooner.</summary>
    private TaskCompletionSource? _waiting;

    private NatsJobFeed(NatsJobStore store, FeedOptions options, ILogger log)
    {
        (_store, _options, _log) = (store, options, log);
        _inbox = new(store, this, (address, delay) => _asker!.PutOff(address, delay), log); // Set below, before anything arrives.
        _asker = new(store, this, _inbox, options, log);
    }

    public Action? Attention => _options.Attention;

    /// <summary>How often the watchdog found jobs in a lane that was thought empty.</summary>
    public long Stalls => _asker.Stalls;

    /// <summary>How many jobs may be asked for.</summary>
    public int Credits => Volatile.Read(ref _credits);

    /// <summary>How many jobs were delivered and have not ended.</summary>
    public int Unsettled => Volatile.Read(ref _unsettled);

    public static async ValueTask<NatsJobFeed> OpenAsync(NatsJobStore store, FeedOptions options, ILogger log, CancellationToken ct)
    {
        var feed = new NatsJobFeed(store, options, log);
        await feed._inbox.OpenAsync(ct).ConfigureAwait(false);
        feed._asker.Start();
        return feed;
    }

    public static Lease LeaseOf(NatsClaim claim) => new(claim.Id, claim.Fence, (long)claim.Sequence, claim);

    public void Grant(int credits)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(credits, 1);
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            (_credits, _isStopped) = (_credits + credits, false);
        }

        _asker.Kick();
    }

    public async ValueTask StopAsync(CancellationToken ct)
    {
        lock (_lock)
        {
            (_credits, _isStopped) = (0, true);
        }

        // Behind the question that is being answered: after it nothing more is claimed.
        await _asker.SettleDownAsync(ct).ConfigureAwait(false);
        Announce();
    }

    public async ValueTask<int> ReadAsync(Memory<ClaimedJob> buffer, CancellationToken ct)
    {
        while (true)
        {
            Task announced;
            lock (_lock)
            {
                var count = 0;
                while (count < buffer.Length && _unread.TryDequeue(out var job))
                {
                    buffer.Span[count++] = job;
                }

                if (count > 0 || _isStopped || _isDisposed)
                {
                    return count;
                }

                announced = (_waiting ??= new()).Task;
            }

            await announced.WaitAsync(ct).ConfigureAwait(false);
        }
    }

    public async ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            if (_isDisposed)
            {
                return;
            }

            _isDisposed = true;
        }

        await StopAsync(CancellationToken.None).ConfigureAwait(false);
        await _asker.DisposeAsync().ConfigureAwait(false);
        await _inbox.DisposeAsync().ConfigureAwait(false);
        Settlement[] unread = [.. _unread.Select(static job => new Settlement(job.Lease, SettleKind.HandBack))];
        _unread.Clear();
        try
        {
            _ = await _store.SettleAsync(unread, CancellationToken.None).ConfigureAwait(false);
        }
        catch (BrokerUnavailableException error)
        {
            // They are another worker's once their leases are over.
            LogNotHandedBack(error, unread.Length);
        }

        _store.Closed(this);
        Announce();
    }

    /// <summary>Sets credits aside for a question. The answer: how many there were.</summary>
    public int Reserve(int most)
    {
        lock (_lock)
        {
            _reserved = Math.Min(most, _credits);
            _credits -= _reserved;
            return _reserved;
        }
    }

    /// <summary>Gives back what a question left over, unless the feed was stopped meanwhile.</summary>
    public void Release()
    {
        lock (_lock)
        {
            _credits += _isStopped ? 0 : _reserved;
            _reserved = 0;
        }
    }

    /// <summary>Hands a job to the worker, to be announced with those that follow it at once. False: no credit is left for it.</summary>
    /// <param name="claim">The job.</param>
    /// <param name="isReserved">Whether a credit was set aside for it.</param>
    public bool TryDeliver(NatsClaim claim, bool isReserved)
    {
        lock (_lock)
        {
            if (isReserved && _reserved > 0)
            {
                _reserved--;
            }
            else if (_credits > 0)
            {
                _credits--;
            }
            else
            {
                return false;
            }

            _ = Interlocked.Increment(ref _unsettled);
            _asker.Delivered(claim);
            _unread.Enqueue(ToJob(claim));
        }

        return true;
    }

    /// <summary>Has the worker read what was delivered. Not to be called inside a lock: the worker's own code runs before this returns.</summary>
    public void Announce()
    {
        TaskCompletionSource? waiting;
        lock (_lock)
        {
            (waiting, _waiting) = (_waiting, null);
        }

        _ = waiting?.TrySetResult();
    }

    /// <summary>A claim of this feed has ended, by settlement or by the loss of its lease.</summary>
    public void Ended(NatsClaim claim)
    {
        if (claim.IsDelivered)
        {
            _ = Interlocked.Decrement(ref _unsettled);
            _asker.Ended(claim);
        }
    }

    private ClaimedJob ToJob(NatsClaim claim)
    {
        var (address, envelope) = (claim.Envelope.Address, claim.Envelope);
        claim.IsDelivered = true;
        return new(LeaseOf(claim), envelope.Type, address.Queue, envelope.Priority, envelope.Payload, envelope.ReadSettings())
        {
            Attempt = envelope.Attempts + 1,
            Interruptions = claim.Interruptions,
            IsAlone = claim.IsAlone,
            Checkpoint = claim.Report?.Checkpoint,
            EnqueuedAt = envelope.EnqueuedAt,
            ReadyAt = envelope.ReadyAt ?? envelope.NotBefore ?? (claim.StoredAt - _store.Link.Clock.Offset),
        };
    }

    [LoggerMessage(2125, LogLevel.Warning, "{Count} claimed jobs could not be handed back; they are claimed again when their leases are over")]
    private partial void LogNotHandedBack(Exception error, int count);
}
