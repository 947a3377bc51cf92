namespace Naq.Brokers.Memory;

/// <summary>Every job, at the place that its state gives it. The only code that changes a state. Guarded by the store's lock.</summary>
/// <remarks>A caller sets what the new state is ordered by (lease end, interruptions) before <see cref="Move"/>.</remarks>
internal sealed class JobTable
{
    private readonly Dictionary<JobId, JobRow> _byId = [];
    private readonly JobsByNumber _byNumber = new();
    private readonly JobHeap _scheduled = new(static job => job.At.UtcTicks);
    private readonly JobHeap _running = new(static job => job.LeaseEnds);
    private readonly SortedDictionary<string, QueueRow> _queues = new(StringComparer.Ordinal);
    private long _lastNumber;

    /// <summary>All queues, by name.</summary>
    public IReadOnlyCollection<QueueRow> Queues => _queues.Values;

    public JobRow? NextDue => _scheduled.First;

    public JobRow? NextExpiring => _running.First;

    /// <summary>Succeeded and cancelled jobs.</summary>
    public EndedJobs Finished { get; } = new();

    /// <summary>Dead letters.</summary>
    public EndedJobs Dead { get; } = new();

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
            At = due ?? now.Wall,
        };
        _byId.Add(row.Id, row);
        _byNumber.Add(row);
        Enter(row);
    }

    /// <summary>Moves a job as the state machine says, with the time that its new state is about.</summary>
    public void Move(JobRow job, JobEvent happened, DateTimeOffset at)
    {
        var next = JobStates.Next(job.State, happened)
            ?? throw new InvalidOperationException($"{happened} cannot happen to a job that is {job.State}.");
        Leave(job);
        (job.State, job.At) = (next, at);
        Enter(job);
    }

    /// <summary>Forgets a job altogether.</summary>
    public void Remove(JobRow job)
    {
        Leave(job);
        _ = _byId.Remove(job.Id);
        _byNumber.Remove(job);
        job.Ended?.Fire();
    }

    public void Extend(JobRow running, long leaseEnds)
    {
        _running.Remove(running);
        running.LeaseEnds = leaseEnds;
        _running.Add(running);
    }

    /// <summary>Every job enqueued before number <paramref name="before"/>, the newest first.</summary>
    public IEnumerable<JobRow> NewestFirst(long before) => _byNumber.NewestFirst(before);

    /// <summary>The ready and scheduled jobs of a queue.</summary>
    public IEnumerable<JobRow> WaitingIn(QueueRow queue) => queue.Ready.Concat(_scheduled.Jobs.Where(job => job.Queue == queue));

    /// <summary>The queue of that name; null: there is none.</summary>
    public QueueRow? FindQueue(string name) => _queues.GetValueOrDefault(name) is { IsGone: false } queue ? queue : null;

    private void Enter(JobRow job)
    {
        job.Queue.Count(job.State, 1);
        switch (job.State)
        {
            case JobState.Scheduled:
                job.Queue.Return();
                _scheduled.Add(job);
                break;
            case JobState.Ready:
                job.Queue.Return();
                job.Queue.Add(job);
                break;
            case JobState.Running:
                _running.Add(job);
                break;
            case JobState.Succeeded or JobState.Cancelled:
                Finished.Add(job);
                job.Ended?.Fire();
                break;
            case JobState.Dead:
                Dead.Add(job);
                job.Ended?.Fire();
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
                _scheduled.Remove(job);
                break;
            case JobState.Ready:
                job.Queue.Remove(job);
                break;
            case JobState.Running:
                _running.Remove(job);
                break;
            case JobState.Succeeded or JobState.Cancelled:
                Finished.Remove(job);
                break;
            case JobState.Dead:
                Dead.Remove(job);
                break;
            case JobState.Waiting:
                break;
        }
    }
}
