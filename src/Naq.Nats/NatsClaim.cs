using NATS.Client.JetStream;

namespace Naq.Nats;

/// <summary>What a lease of this broker refers to: the delivered message, and until when this process may count on it.</summary>
internal sealed class NatsClaim(NatsJobFeed feed, INatsJSMsg<byte[]> message, Envelope envelope)
{
    private volatile bool _isCancelRequested;
    private volatile bool _isEnded;
    private long _ends;

    public NatsJobFeed Feed => feed;

    public INatsJSMsg<byte[]> Message => message;

    public Envelope Envelope => envelope;

    public ulong Sequence { get; } = message.Metadata!.Value.Sequence.Stream;

    /// <summary>Rises over republication (a new sequence) and redelivery.</summary>
    public long Fence => ((long)Sequence << 16) + Math.Min(Deliveries, 0xFFFF);

    /// <summary>Deliveries that ended with a lease: all before this one, but for the one that may have come too early.</summary>
    public int Interruptions => envelope.Interruptions + Math.Max(0, Deliveries - 1 - (envelope.MayBeEarly ? 1 : 0));

    public int Deliveries => (int)message.Metadata!.Value.NumDelivered;

    public bool IsCancelRequested => _isCancelRequested;

    /// <summary>The server refuses no stale acknowledgement, so this clock is what fences: past it nothing is settled.</summary>
    public bool IsHeld(TimeProvider time) => !_isEnded && time.GetTimestamp() < Volatile.Read(ref _ends);

    /// <summary>Counts on the message until a lease after <paramref name="since"/>, a stamp from before the server was asked.</summary>
    public void HoldSince(long since, TimeSpan lease, TimeProvider time) =>
        Volatile.Write(ref _ends, since + (long)(lease.TotalSeconds * time.TimestampFrequency));

    public void RequestCancel()
    {
        _isCancelRequested = true;
        feed.Attention?.Invoke();
    }

    public void End() => _isEnded = true;
}
