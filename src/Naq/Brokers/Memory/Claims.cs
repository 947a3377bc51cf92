namespace Naq.Brokers.Memory;

/// <summary>Gives ready jobs to the feeds that have credits. Guarded by the store's lock.</summary>
/// <remarks>
/// I1: a feed never gets more jobs than it was granted credits.
/// I2: while a feed holds a lone claim it gets nothing else, and it gets one only when it holds nothing.
/// I3: a lone job is reserved by at most one feed that has credits, so that not all of them empty themselves for it.
/// </remarks>
internal sealed class Claims(JobTable table, long leaseCounts)
{
    private readonly List<FeedState> _feeds = [];
    private int _first;

    public void Open(FeedState feed) => _feeds.Add(feed);

    /// <summary>Gives out what can be claimed now. Starts with another feed each time, so that none is favoured.</summary>
    public void GiveOut(Moment now)
    {
        for (var i = 0; i < _feeds.Count; i++)
        {
            var feed = _feeds[(_first + i) % _feeds.Count];
            if (feed.Credits > 0)
            {
                Claim(feed, now);
            }
        }

        _first = _feeds.Count == 0 ? 0 : (_first + 1) % _feeds.Count;
    }

    /// <summary>Moves what was claimed for a feed and not lost since into <paramref name="buffer"/>.</summary>
    public int Read(FeedState feed, Span<ClaimedJob> buffer, Moment now)
    {
        var count = 0;
        while (count < buffer.Length && feed.Unread.TryDequeue(out var job))
        {
            if (IsHeld(job.Lease))
            {
                buffer[count++] = job;
            }
            else if (!feed.IsStopped)
            {
                // Its credit serves another, which is read in this very loop.
                feed.Credits++;
                GiveOut(now);
            }
        }

        return count;
    }

    /// <summary>Withdraws a feed's credits, and with them its reservation.</summary>
    public static void Stop(FeedState feed)
    {
        (feed.Credits, feed.IsStopped) = (0, true);
        foreach (var queue in feed.Order.Queues)
        {
            foreach (var job in queue.Alone)
            {
                job.Feed = job.Feed == feed ? null : job.Feed;
            }
        }

        feed.Arrived.Fire();
    }

    /// <summary>Stops a feed for ever; what it read may still be settled. Returns what it did not read, to be handed back.</summary>
    public IReadOnlyList<Lease> Close(FeedState feed)
    {
        Stop(feed);
        _ = _feeds.Remove(feed);
        Lease[] unread = [.. feed.Unread.Select(static job => job.Lease)];
        feed.Unread.Clear();
        return unread;
    }

    public void CloseAll()
    {
        foreach (var feed in _feeds)
        {
            Stop(feed);
            feed.Unread.Clear();
        }
    }

    /// <summary>Says whether this very claim still runs.</summary>
    public static bool IsHeld(in Lease lease) => lease.Handle is JobRow { State: JobState.Running } job && job.Fence == lease.Fence;

    /// <summary>Says whether a running job was claimed alone.</summary>
    public static bool IsAlone(JobRow running) => running.Feed?.Lone == running;

    public LeaseStatus Extend(in Lease lease, Moment now)
    {
        if (!IsHeld(lease))
        {
            return LeaseStatus.Lost;
        }

        var job = (JobRow)lease.Handle;
        table.Extend(job, now.Stamp + leaseCounts);
        return job.IsCancelRequested ? LeaseStatus.CancelRequested : LeaseStatus.Held;
    }

    /// <summary>Takes a running job away from its feed; its move is the caller's.</summary>
    public static void End(JobRow running)
    {
        var feed = running.Feed!;
        feed.Unsettled--;
        feed.Lone = feed.Lone == running ? null : feed.Lone;
        (running.Feed, running.IsCancelRequested) = (null, false);
    }

    private void Claim(FeedState feed, Moment now)
    {
        feed.Order.Refresh(table.Queues);
        if (feed.Lone is not null)
        {
            return;
        }

        if (NextAlone(feed) is { } lone)
        {
            lone.Feed ??= feed;
            if (feed.Unsettled == 0)
            {
                feed.Lone = lone;
                Give(feed, lone, now);
            }

            return;
        }

        while (feed.Credits > 0 && feed.Order.Next() is { } job)
        {
            Give(feed, job, now);
        }
    }

    /// <summary>A job that must run alone, and that this feed takes now or empties itself for; null: none.</summary>
    private static JobRow? NextAlone(FeedState feed)
    {
        JobRow? oldest = null;
        foreach (var queue in feed.Order.Queues)
        {
            foreach (var job in queue.IsPaused ? [] : queue.Alone)
            {
                // Reserved by another, it is still free for a feed that is empty first.
                if ((job.Feed is null || job.Feed == feed || feed.Unsettled == 0) && !(oldest?.Number < job.Number))
                {
                    oldest = job;
                }
            }

            if (oldest is not null)
            {
                break;
            }
        }

        return oldest;
    }

    private void Give(FeedState feed, JobRow job, Moment now)
    {
        (job.Feed, job.LeaseEnds) = (feed, now.Stamp + leaseCounts);
        job.Fence++;
        feed.Unread.Enqueue(job.Claimed());
        table.Move(job, JobEvent.Claim, now.Wall);
        feed.Credits--;
        feed.Unsettled++;
        feed.Arrived.Fire();
    }
}
