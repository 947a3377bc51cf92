namespace Naq.Brokers.Memory;

/// <summary>Unique keys that are held: by a job in flight, or by a period that is not over. Guarded by the store's lock.</summary>
internal sealed class UniqueKeys(TimeProvider time)
{
    private readonly Dictionary<Guid, Holder> _holders = [];
    private readonly PriorityQueue<Guid, long> _periods = new();

    /// <summary>Takes the key of a new job; returns the job that holds it already, or null.</summary>
    public JobId? Take(NewJob job, Moment now)
    {
        Trim(now);
        if (job.Unique is not { } unique)
        {
            return null;
        }

        var key = unique.Hash;
        if (_holders.TryGetValue(key, out var holder))
        {
            return holder.Job;
        }

        long? ends = unique.Period is { } period ? now.Stamp + time.Counts(period) : null;
        _holders[key] = new(job.Id, ends, IsInFlight: true);
        if (ends is { } end)
        {
            _periods.Enqueue(key, end);
        }

        return null;
    }

    /// <summary>Takes the key again for a job that is put back; false: another holds it.</summary>
    public bool Retake(NewJob job, Moment now)
    {
        Trim(now);
        if (job.Unique is not { } unique)
        {
            return true;
        }

        var key = unique.Hash;
        var holder = _holders.GetValueOrDefault(key) ?? new(job.Id, PeriodEnds: null, IsInFlight: true);
        if (holder.Job != job.Id)
        {
            return false;
        }

        _holders[key] = holder with { IsInFlight = true };
        return true;
    }

    /// <summary>Frees the key of a job that has ended, or leaves it to its period.</summary>
    public void Release(NewJob job, Moment now)
    {
        if (job.Unique is not { } unique)
        {
            return;
        }

        var key = unique.Hash;
        if (_holders.GetValueOrDefault(key) is { } holder && holder.Job == job.Id)
        {
            _holders[key] = holder with { IsInFlight = false };
            Drop(key, now);
        }
    }

    /// <summary>Frees the keys whose period has ended.</summary>
    private void Trim(Moment now)
    {
        while (_periods.TryPeek(out var key, out var ends) && ends <= now.Stamp)
        {
            _ = _periods.Dequeue();
            Drop(key, now);
        }
    }

    private void Drop(Guid key, Moment now)
    {
        if (_holders.GetValueOrDefault(key) is { IsInFlight: false } holder && !(holder.PeriodEnds > now.Stamp))
        {
            _ = _holders.Remove(key);
        }
    }

    private sealed record Holder(JobId Job, long? PeriodEnds, bool IsInFlight);
}
