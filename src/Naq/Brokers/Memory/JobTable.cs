namespace Naq.Brokers.Memory;

/// <summary>Every job, at the place that its state gives it. The only code that changes a state. Guarded by the store's lock.</summary>
/// <remarks>A caller sets what the new state is ordered by (due time, lease end, interruptions) before <see cref="Move"/>.</remarks>
internal sealed class JobTable
{
    private readonly Dictionary<JobId, JobRow> _byId = [];
    private readonly Dictionary<long, JobRow> _byNumber = [];
    private readonly SortedSet<long> _numbers = [];
    private readonly SortedSet<JobRow> _scheduled = new(JobRow.ByDueTime);
    private readonly SortedSet<JobRow> _running = new(JobRow.ByLeaseEnd);
    private readonly LinkedList<JobRow> _finished = [];
    private readonly LinkedList<JobRow> _dead = [];
    private readonly SortedDictionary<string, QueueRow> _queues = new(StringComparer.Ordinal);
    private long _lastNumber;

    /// <summary>All queues, by name.</summary>
    public IReadOnlyCollection<QueueRow> Queues => _queues.Values;

    public JobRow? NextDue => _scheduled.Min;

    public JobRow? NextExpiring => _running.Min;

    /// <summary>Succeeded and cancelled jobs, the oldest first.</summary>
    public LinkedList<JobRow> Finished => _finished;

    /// <summary>Dead letters, the oldest first.</summary>
    public LinkedList<JobRow> Dead => _dead;

    public JobRow? Find(JobId id) => _byId.GetValueOrDefault(id);

    /// <summary>The queue of that name; made where it is new.</summary>
    public QueueRow Queue(string name)
    {
        if (!_queues.TryGetValue(name, out var queue))
        {
            _queues.Add(name, queue = new(name));
        }

        return queue;
    }

    /// <summary>Adds a job that is ready, or scheduled for <paramref name="due"/>.</summary>
    public void Add(NewJob job, QueueRow queue, DateTimeOffset? due, Moment now)
    {
        var row = new JobRow(++_lastNumber, job, queue)
        {
            State = due is null ? JobState.Ready : JobState.Scheduled,
            DueAt = due ?? default,
            ReadyAt = now.Wall,
        };
        _byId.Add(row.Id, row);
        _byNumber.Add(row.Number, row);
        _ = _numbers.Add(row.Number);
        Enter(row);
    }

    /// <summary>Moves a job as the state machine says.</summary>
    public void Move(JobRow job, JobEvent happened)
    {
        var next = JobStates.Next(job.State, happened)
            ?? throw new InvalidOperationException($"{happened} cannot happen to a job that is {job.State}.");
        Leave(job);
        job.State = next;
        Enter(job);
    }

    /// <summary>Forgets a job altogether.</summary>
    public void Remove(JobRow job)
    {
        Leave(job);
        _ = _byId.Remove(job.Id);
        _ = _byNumber.Remove(job.Number);
        _ = _numbers.Remove(job.Number);
        job.Ended.Fire();
    }

    public void Extend(JobRow running, long leaseEnds)
    {
        _ = _running.Remove(running);
        running.LeaseEnds = leaseEnds;
        _ = _running.Add(running);
    }

    /// <summary>Every job enqueued before number <paramref name="before"/>, the newest first.</summary>
    public IEnumerable<JobRow> NewestFirst(long before) =>
        before <= 1 ? [] : _numbers.GetViewBetween(1, before - 1).Reverse().Select(number => _byNumber[number]);

    /// <summary>The ready and scheduled jobs of a queue.</summary>
    public IEnumerable<JobRow> WaitingIn(QueueRow queue) => queue.Ready.Concat(_scheduled.Where(job => job.Queue == queue));

    /// <summary>The queue of that name; null: there is none.</summary>
    public QueueRow? FindQueue(string name) => _queues.GetValueOrDefault(name) is { IsGone: false } queue ? queue : null;

    private void Enter(JobRow job)
    {
        job.Queue.Count(job.State, 1);
        switch (job.State)
        {
            case JobState.Scheduled:
                job.Queue.Return();
                _ = _scheduled.Add(job);
                break;
            case JobState.Ready:
                job.Queue.Return();
                _ = job.Queue.Add(job);
                break;
            case JobState.Running:
                _ = _running.Add(job);
                break;
            case JobState.Succeeded or JobState.Cancelled:
                job.Place = _finished.AddLast(job);
                job.Ended.Fire();
                break;
            case JobState.Dead:
                job.Place = _dead.AddLast(job);
                job.Ended.Fire();
                break;
            case JobState.Waiting:
                throw new NotSupportedException("The memory broker has no dependencies yet.");
        }
    }

    private void Leave(JobRow job)
    {
        job.Queue.Count(job.State, -1);
        switch (job.State)
        {
            case JobState.Scheduled:
                _ = _scheduled.Remove(job);
                break;
            case JobState.Ready:
                _ = job.Queue.Remove(job);
                break;
            case JobState.Running:
                _ = _running.Remove(job);
                break;
            case JobState.Succeeded or JobState.Dead or JobState.Cancelled:
                job.Place!.List!.Remove(job.Place);
                job.Place = null;
                break;
            case JobState.Waiting:
                break;
        }
    }
}
