using Naq.Brokers;
using Naq.Sqlite.Tables;

namespace Naq.Sqlite;

/// <summary>A worker's stream: credits here, claims by the writer thread, a buffer between them.</summary>
internal sealed class SqliteJobFeed(SqliteJobStore store, FeedOptions options, long session, Random random) : IJobFeed, IClaimant
{
    // A claim renews the lease row, but not more often than this: what is delivered has at most so much less than a full period.
    private const long RenewalSlackMs = 50;

    private readonly Lock _lock = new();
    private readonly Queue<ClaimedJob> _buffer = new();
    private readonly SemaphoreSlim _arrived = new(0, 1);
    private readonly List<ClaimedJob> _claimed = [];
    private int _credits;
    private int _unsettled;
    private bool _isStopped;
    private bool _isDisposed;
    private long? _renewedMs;
    private int _limit;

    /// <summary>Its row in the session table.</summary>
    public long Session { get; } = session;

    public string Worker => options.Worker;

    public Action? Attention => options.Attention;

    public ClaimOrder Order { get; } = new(options.Queues, random);

    /// <summary>Jobs claimed and not settled, delivered or not.</summary>
    public int Unsettled => Volatile.Read(ref _unsettled);

    /// <summary>Whether a claim may be made for it.</summary>
    public bool IsHungry => Volatile.Read(ref _credits) > 0 && !HasLone;

    private bool HasLone { get; set; }

    public void Grant(int credits)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(credits, 1);
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            _isStopped = false;
            _credits += credits;
        }

        store.Ask();
    }

    /// <summary>Withdraws the credits; a claim that is being committed still arrives, and is waited for.</summary>
    public async ValueTask StopAsync(CancellationToken ct)
    {
        lock (_lock)
        {
            (_credits, _isStopped) = (0, true);
        }

        // Behind whatever transaction runs now: after it no claim is under way.
        _ = await store.ChangeAsync(static _ => true, ct).ConfigureAwait(false);
        Signal();
    }

    public async ValueTask<int> ReadAsync(Memory<ClaimedJob> buffer, CancellationToken ct)
    {
        while (true)
        {
            lock (_lock)
            {
                var count = Take(buffer.Span);
                if (count > 0 || _isStopped || _isDisposed)
                {
                    return count;
                }
            }

            await _arrived.WaitAsync(ct).ConfigureAwait(false);
        }
    }

    public async ValueTask DisposeAsync()
    {
        ClaimedJob[] unread;
        lock (_lock)
        {
            if (_isDisposed)
            {
                return;
            }

            (_credits, _isStopped, _isDisposed) = (0, true, true);
        }

        try
        {
            _ = await store.ChangeAsync(static _ => true, CancellationToken.None).ConfigureAwait(false);
            lock (_lock)
            {
                unread = [.. _buffer];
                _buffer.Clear();
            }

            Signal();
            await store.CloseFeedAsync(this, unread).ConfigureAwait(false);
        }
        catch (BrokerUnavailableException)
        {
            // The writer has logged why. What was delivered and not read is another worker's once its lease is over.
            Signal();
        }
    }

    /// <summary>Claims what the credits allow. Writer thread, inside a transaction.</summary>
    public void ClaimInto(WriteSide side)
    {
        _limit = HasLone ? 0 : Volatile.Read(ref _credits);
        if (_limit == 0)
        {
            return;
        }

        side.Claims.Claim(side.Tx, this, _limit, _claimed);
        if (_claimed.Count > 0 && (_renewedMs is null || side.Tx.MonoMs - _renewedMs > RenewalSlackMs))
        {
            side.Sessions.Open(side.Tx, this, store.WakeId);
            _renewedMs = side.Tx.MonoMs;
        }
    }

    /// <summary>Hands over what was claimed. Writer thread, after the commit. True: as many as the credits allowed.</summary>
    public bool Deliver()
    {
        if (_claimed.Count == 0)
        {
            return false;
        }

        var isFull = _claimed.Count == _limit;
        _ = Interlocked.Add(ref _unsettled, _claimed.Count);
        lock (_lock)
        {
            HasLone |= _claimed[0].IsAlone;
            _credits = Math.Max(0, _credits - _claimed.Count);
            foreach (var job in _claimed)
            {
                _buffer.Enqueue(job);
            }
        }

        _claimed.Clear();
        Signal();
        return isFull;
    }

    public void ForgetClaims()
    {
        _claimed.Clear();
        _renewedMs = null;
    }

    /// <summary>A claim of this feed has ended, by settlement or by the loss of its lease.</summary>
    public void Ended(SqliteClaim claim)
    {
        _ = Interlocked.Decrement(ref _unsettled);
        if (claim.IsAlone)
        {
            HasLone = false;
            store.Ask();
        }
    }

    private int Take(Span<ClaimedJob> into)
    {
        var count = 0;
        while (count < into.Length && _buffer.TryDequeue(out var job))
        {
            into[count++] = job;
        }

        return count;
    }

    private void Signal()
    {
        lock (_lock)
        {
            if (_arrived.CurrentCount == 0)
            {
                _ = _arrived.Release();
            }
        }
    }
}
