namespace Naq.Brokers.Memory;

/// <summary>Jobs in the order of their end. A job is in one at most, and knows its neighbours there. Guarded by the store's lock.</summary>
internal sealed class EndedJobs
{
    private JobRow? _newest;

    public int Count { get; private set; }

    public JobRow? Oldest { get; private set; }

    public void Add(JobRow job)
    {
        job.Beside = (_newest, null);
        Join(_newest, job);
        (_newest, Oldest) = (job, Oldest ?? job);
        Count++;
    }

    public void Remove(JobRow job)
    {
        var (older, newer) = job.Beside;
        Join(older, newer);
        (Oldest, _newest) = (Oldest == job ? newer : Oldest, _newest == job ? older : _newest);
        job.Beside = default;
        Count--;
    }

    public IEnumerable<JobRow> OldestFirst()
    {
        for (var job = Oldest; job is not null; job = job.Beside.Newer)
        {
            yield return job;
        }
    }

    private static void Join(JobRow? older, JobRow? newer)
    {
        older?.Beside = older.Beside with { Newer = newer };
        newer?.Beside = newer.Beside with { Older = older };
    }
}
