namespace Naq.Brokers.Memory;

/// <summary>A queue: its settings, its ready jobs and its counts. Guarded by the store's lock.</summary>
internal sealed class QueueRow(string name)
{
    private readonly long[] _inState = new long[Enum.GetValues<JobState>().Length];
    private readonly JobHeap[] _ready = [new(ByEnqueue), new(ByEnqueue), new(ByEnqueue)];
    private readonly JobHeap _alone = new(ByEnqueue);

    public string Name { get; } = name;

    /// <summary>Deleted: kept for the names of its finished jobs, and back with the next job.</summary>
    public bool IsGone { get; private set; }

    public bool IsPaused { get; set; }

    public long? MaxLength { get; set; }

    public long EnqueuedTotal { get; set; }

    public long ReadyTotal { get; set; }

    public long CompletedTotal { get; set; }

    public long FailedTotal { get; set; }

    public bool IsFull => MaxLength is { } max && _inState[(int)JobState.Ready] + _inState[(int)JobState.Scheduled] >= max;

    /// <summary>Ready jobs that must run alone, in no order.</summary>
    public IEnumerable<JobRow> Alone => _alone.Jobs;

    /// <summary>All ready jobs.</summary>
    public IEnumerable<JobRow> Ready => _ready.SelectMany(static lane => lane.Jobs).Concat(_alone.Jobs);

    /// <summary>The job to claim next: the oldest of the highest class; null: there is none, or the queue is paused.</summary>
    public JobRow? Next => IsPaused ? null : _ready[0].First ?? _ready[1].First ?? _ready[2].First;

    public long InFlight => _inState[(int)JobState.Running];

    public void Count(JobState state, int change) => _inState[(int)state] += change;

    public void Leave()
    {
        (IsGone, IsPaused, MaxLength) = (true, false, null);
        (EnqueuedTotal, ReadyTotal, CompletedTotal, FailedTotal) = (0, 0, 0, 0);
    }

    public void Return() => IsGone = false;

    public void Add(JobRow ready) => Lane(ready).Add(ready);

    public void Remove(JobRow ready) => Lane(ready).Remove(ready);

    public QueueCounts Counts(DateTimeOffset now) => new(Name)
    {
        Ready = _inState[(int)JobState.Ready],
        Scheduled = _inState[(int)JobState.Scheduled],
        InFlight = InFlight,
        Dead = _inState[(int)JobState.Dead],
        OldestAge = Oldest() is { } oldest ? TimeSpan.FromTicks(Math.Max(0, (now - oldest).Ticks)) : null,
        IsPaused = IsPaused,
        MaxLength = MaxLength,
        EnqueuedTotal = EnqueuedTotal,
        ReadyTotal = ReadyTotal,
        CompletedTotal = CompletedTotal,
        FailedTotal = FailedTotal,
    };

    private static long ByEnqueue(JobRow job) => job.Number;

    private JobHeap Lane(JobRow job) => job.MustRunAlone ? _alone : _ready[(int)job.Job.Priority];

    /// <summary>The head of each lane is its oldest but for retries: near enough for a gauge, and four look-ups.</summary>
    private DateTimeOffset? Oldest()
    {
        var oldest = _alone.First?.At;
        foreach (var lane in _ready)
        {
            oldest = lane.First is { } head && !(oldest < head.At) ? head.At : oldest;
        }

        return oldest;
    }
}
