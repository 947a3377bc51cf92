namespace Naq.Brokers.Memory;

/// <summary>Every job in the order of their numbers: a list that grows at its end, with holes that are closed once they are half of it. Guarded by the store's lock.</summary>
internal sealed class JobsByNumber
{
    private readonly List<(long Number, JobRow? Job)> _jobs = [];
    private int _holes;

    /// <summary>Adds a job whose number is the greatest so far.</summary>
    public void Add(JobRow job) => _jobs.Add((job.Number, job));

    public void Remove(JobRow job)
    {
        _jobs[IndexOf(job.Number)] = (job.Number, null);
        if (++_holes > _jobs.Count / 2)
        {
            _ = _jobs.RemoveAll(static one => one.Job is null);
            _holes = 0;
        }
    }

    /// <summary>Every job before number <paramref name="before"/>, the newest first.</summary>
    public IEnumerable<JobRow> NewestFirst(long before)
    {
        for (var i = IndexOf(before) - 1; i >= 0; i--)
        {
            if (_jobs[i].Job is { } job)
            {
                yield return job;
            }
        }
    }

    /// <summary>Where a number is, or the first after it.</summary>
    private int IndexOf(long number)
    {
        var (from, to) = (0, _jobs.Count);
        while (from < to)
        {
            var middle = (from + to) / 2;
            (from, to) = _jobs[middle].Number < number ? (middle + 1, to) : (from, middle);
        }

        return from;
    }
}
