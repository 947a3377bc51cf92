namespace Naq.Brokers.Memory;

/// <summary>What the engine knows of a feed. Guarded by the store's lock.</summary>
internal sealed class FeedState(FeedOptions options)
{
    public ClaimOrder Order { get; } = new(options.Queues);

    public Action? Attention => options.Attention;

    public int Credits { get; set; }

    public bool IsStopped { get; set; }

    /// <summary>Claims that are neither settled nor lost, delivered or not.</summary>
    public int Unsettled { get; set; }

    /// <summary>The claim that keeps all others out; null: none.</summary>
    public JobRow? Lone { get; set; }

    /// <summary>Claimed and not read yet.</summary>
    public Queue<ClaimedJob> Unread { get; } = new();

    /// <summary>Fires when there is something to read, or the feed was stopped.</summary>
    public Signal Arrived { get; } = new();
}
