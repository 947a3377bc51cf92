using System.Runtime.InteropServices;

namespace Naq.Brokers.Memory;

/// <summary>Jobs of which the first is wanted next: a heap. A job is in one at most, and knows its place there, so that any can leave. Guarded by the store's lock.</summary>
/// <remarks>
/// Each has four below it, with their keys beside each other: half as many steps as with two, and of thousands of jobs that lie anywhere in
/// memory only those that move are looked up.
/// </remarks>
/// <param name="keyOf">What they are ordered by, and where that is the same by enqueue. It must not change while a job is in.</param>
internal sealed class JobHeap(Func<JobRow, long> keyOf)
{
    private const int Below = 4;

    private readonly List<(long Key, JobRow Job)> _jobs = [];

    public JobRow? First => _jobs.Count > 0 ? _jobs[0].Job : null;

    /// <summary>All of them, in no order.</summary>
    public IEnumerable<JobRow> Jobs => _jobs.Select(static entry => entry.Job);

    public void Add(JobRow job)
    {
        var added = (keyOf(job), job);
        _jobs.Add(added);
        Settle(CollectionsMarshal.AsSpan(_jobs), added, _jobs.Count - 1);
    }

    public void Remove(JobRow job)
    {
        var last = _jobs[^1];
        _jobs.RemoveAt(_jobs.Count - 1);
        if (last.Job != job)
        {
            Settle(CollectionsMarshal.AsSpan(_jobs), last, job.Place);
        }
    }

    /// <summary>Puts a job at a free place, or where that leads: up past all that come after it, down past all that come before it.</summary>
    private static void Settle(Span<(long Key, JobRow Job)> jobs, (long Key, JobRow Job) job, int place)
    {
        for (var above = (place - 1) / Below; place > 0 && IsBefore(job, jobs[above]); above = (place - 1) / Below)
        {
            Put(jobs, jobs[above], place);
            place = above;
        }

        for (var below = FirstBelow(jobs, place); below < jobs.Length && IsBefore(jobs[below], job); below = FirstBelow(jobs, place))
        {
            Put(jobs, jobs[below], place);
            place = below;
        }

        Put(jobs, job, place);
    }

    /// <summary>The place of the first of those below one; past the end: there is none.</summary>
    private static int FirstBelow(Span<(long Key, JobRow Job)> jobs, int place)
    {
        var start = (Below * place) + 1;
        var (first, end) = (start, Math.Min(start + Below, jobs.Length));
        for (var other = start + 1; other < end; other++)
        {
            first = IsBefore(jobs[other], jobs[first]) ? other : first;
        }

        return first;
    }

    private static bool IsBefore((long Key, JobRow Job) a, (long Key, JobRow Job) b) => a.Key != b.Key ? a.Key < b.Key : a.Job.Number < b.Job.Number;

    private static void Put(Span<(long Key, JobRow Job)> jobs, (long Key, JobRow Job) job, int place)
    {
        jobs[place] = job;
        job.Job.Place = place;
    }
}
