using Naq.Nats.Wire;

namespace Naq.Nats.Claims;

/// <summary>What a lease of this broker refers to: the delivered message, and until when this process may count on it.</summary>
internal sealed class NatsClaim(NatsJobFeed? feed, string reply, AckSubject ack, Envelope envelope)
{
    private volatile bool _isCancelRequested;
    private int _isEnded;
    private long _ends;

    public NatsJobFeed? Feed => feed;

    /// <summary>Where acknowledgements go.</summary>
    public string Reply => reply;

    public Envelope Envelope => envelope;

    public JobId Id => envelope.Address.Id;

    public ulong Sequence => ack.Sequence;

    public DateTimeOffset StoredAt => ack.StoredAt;

    public int Deliveries => ack.Deliveries;

    /// <summary>How many jobs waited behind it when it was delivered.</summary>
    public ulong Waiting => ack.Waiting;

    /// <summary>Rises over republication (a new sequence) and redelivery.</summary>
    public long Fence => ((long)Sequence << 16) + Math.Min(Deliveries, 0xFFFF);

    /// <summary>Deliveries before this one that ended with a lease: all of them, but for the one that may have come too early.</summary>
    public int LostDeliveries => Math.Max(0, Deliveries - 1 - (envelope.MayBeEarly ? 1 : 0));

    public int Interruptions => envelope.Interruptions + LostDeliveries;

    /// <summary>What the job has said of itself, in this run or an earlier one; null: nothing.</summary>
    public Report? Report { get; set; }

    public bool IsAlone => envelope.Address.Lane == Address.Alone;

    public bool IsCancelRequested => _isCancelRequested;

    /// <summary>Whether the worker has got it: only then its end gives a place free.</summary>
    public bool IsDelivered { get; set; }

    /// <summary>The server refuses no stale acknowledgement, so this clock is what fences: past it nothing is settled.</summary>
    public bool IsHeld(TimeProvider time) => Volatile.Read(ref _isEnded) == 0 && time.GetTimestamp() < Volatile.Read(ref _ends);

    /// <summary>Whether it was neither settled nor given up.</summary>
    public bool IsOpen => Volatile.Read(ref _isEnded) == 0;

    /// <summary>How long ago its lease ended; negative: it runs on.</summary>
    public TimeSpan Overdue(TimeProvider time) => TimeSpan.FromSeconds((time.GetTimestamp() - Volatile.Read(ref _ends)) / (double)time.TimestampFrequency);

    /// <summary>Counts on the message until a lease after <paramref name="since"/>, a stamp from before the server was asked.</summary>
    public void HoldSince(long since, TimeSpan lease, TimeProvider time) =>
        Volatile.Write(ref _ends, since + (long)(lease.TotalSeconds * time.TimestampFrequency));

    public void RequestCancel()
    {
        _isCancelRequested = true;
        feed?.Attention?.Invoke();
    }

    /// <summary>Settled, or lost: once.</summary>
    public void End()
    {
        if (Interlocked.Exchange(ref _isEnded, 1) == 0)
        {
            feed?.Ended(this);
        }
    }
}
