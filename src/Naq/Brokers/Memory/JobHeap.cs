namespace Naq.Brokers.Memory;

/// <summary>Jobs of which the first is wanted next: a binary heap. A job is in one at most, and knows its place there, so that any can leave. Guarded by the store's lock.</summary>
internal sealed class JobHeap(Comparison<JobRow> order)
{
    private readonly List<JobRow> _jobs = [];

    public JobRow? First => _jobs.Count > 0 ? _jobs[0] : null;

    /// <summary>All of them, in no order.</summary>
    public IReadOnlyList<JobRow> Jobs => _jobs;

    public void Add(JobRow job)
    {
        _jobs.Add(job);
        Settle(job, _jobs.Count - 1);
    }

    public void Remove(JobRow job)
    {
        var last = _jobs[^1];
        _jobs.RemoveAt(_jobs.Count - 1);
        if (last != job)
        {
            Settle(last, job.Place);
        }
    }

    /// <summary>Puts a job at a free place, or where that leads: up past all that come after it, down past all that come before it.</summary>
    private void Settle(JobRow job, int place)
    {
        for (var above = (place - 1) / 2; place > 0 && order(job, _jobs[above]) < 0; above = (place - 1) / 2)
        {
            Put(_jobs[above], place);
            place = above;
        }

        for (var below = Earlier(place); below < _jobs.Count && order(_jobs[below], job) < 0; below = Earlier(place))
        {
            Put(_jobs[below], place);
            place = below;
        }

        Put(job, place);
    }

    /// <summary>The place of the earlier of the two below one; past the end: there is none.</summary>
    private int Earlier(int place)
    {
        var below = (2 * place) + 1;
        return below + 1 < _jobs.Count && order(_jobs[below + 1], _jobs[below]) < 0 ? below + 1 : below;
    }

    private void Put(JobRow job, int place)
    {
        _jobs[place] = job;
        job.Place = place;
    }
}
