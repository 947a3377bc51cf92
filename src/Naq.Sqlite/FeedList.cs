using Naq.Sqlite.Tables;

namespace Naq.Sqlite;

/// <summary>The open feeds of a process. The list is immutable and swapped; what a feed is claimed for belongs to the writer thread.</summary>
internal sealed class FeedList
{
    private readonly Lock _lock = new();

    public SqliteJobFeed[] Open { get; private set; } = [];

    /// <summary>Whether this process is, or was, a worker: such a one rescues and promotes for all, a mere producer does not.</summary>
    public bool WasUsed { get; private set; }

    /// <summary>Whether a claim may be made for one of them.</summary>
    public bool IsAnyHungry => Array.Exists(Open, static feed => feed.IsHungry);

    /// <summary>A queue's bit in a wake-up mask.</summary>
    public static ulong Bit(int queue) => 1UL << (queue & 63);

    public void Add(SqliteJobFeed feed)
    {
        lock (_lock)
        {
            Open = [.. Open, feed];
            WasUsed = true;
        }
    }

    public void Remove(SqliteJobFeed feed)
    {
        lock (_lock)
        {
            Open = [.. Open.Where(f => f != feed)];
        }
    }

    public void Attention()
    {
        foreach (var feed in Open)
        {
            feed.Attention?.Invoke();
        }
    }

    /// <summary>Claims for every feed with credits, in turn.</summary>
    public void Claim(WriteSide side)
    {
        foreach (var feed in Open)
        {
            feed.ClaimInto(side);
        }
    }

    /// <summary>Hands over what was claimed, after the commit. True: a claim took all it might, so there may be more.</summary>
    public bool Deliver()
    {
        var isFull = false;
        foreach (var feed in Open)
        {
            isFull |= feed.Deliver();
        }

        return isFull;
    }

    /// <summary>Drops what was claimed in a transaction that was rolled back.</summary>
    public void ForgetClaims()
    {
        foreach (var feed in Open)
        {
            feed.ForgetClaims();
        }
    }

    /// <summary>The queues that feeds with credits wait for.</summary>
    public ulong HungryMask(Catalog catalog)
    {
        var mask = 0UL;
        foreach (var feed in Open)
        {
            if (feed.IsHungry)
            {
                mask |= feed.Order.HasPattern ? ulong.MaxValue : Mask(feed, catalog);
            }
        }

        return mask;
    }

    private static ulong Mask(SqliteJobFeed feed, Catalog catalog)
    {
        // A queue that nobody has named yet gets a number nobody knows: any wake-up may be for it.
        var (mask, matched) = (0UL, 0);
        foreach (var queue in feed.Order.Queues(catalog))
        {
            mask |= Bit(queue.Id);
            matched++;
        }

        return matched < feed.Order.SourceCount ? ulong.MaxValue : mask;
    }
}
