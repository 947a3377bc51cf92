namespace Naq.Conformance;

/// <summary>A job as the model knows it.</summary>
internal sealed class ModelJob(NewJob job, string? key)
{
    public JobId Id => job.Id;

    public string Queue => job.Queue;

    public JobPriority Priority => job.Priority;

    public string? Key { get; } = key;

    public JobState State { get; set; }

    public int Attempts { get; set; }

    public long Fence { get; set; }

    public DateTimeOffset DueAt { get; set; }

    public bool IsCancelRequested { get; set; }

    /// <summary>Its place among those of its class.</summary>
    public long Place { get; set; }
}

/// <summary>What a broker is to do, as simply as it can be said: one list in the order of enqueue, and no lease is ever lost.</summary>
/// <param name="keepsPlace">Whether a job that comes back takes its old place; else it goes to the end.</param>
internal sealed class BrokerModel(bool keepsPlace)
{
    private readonly List<ModelJob> _jobs = [];
    private long _places;

    /// <summary>Every job that is not forgotten, in the order of enqueue.</summary>
    public IReadOnlyList<ModelJob> Jobs => _jobs;

    public EnqueueResult Enqueue(NewJob job, string? key, DateTimeOffset now)
    {
        if (Holder(key) is { } holder)
        {
            return new(holder.Id, EnqueueStatus.Duplicate);
        }

        _jobs.Add(new(job, key) { State = job.RunAt > now ? JobState.Scheduled : JobState.Ready, DueAt = job.RunAt ?? now, Place = ++_places });
        return new(job.Id, EnqueueStatus.Accepted);
    }

    /// <summary>The job that a claim must return: the first of the highest class.</summary>
    public ModelJob? Next(string queue) =>
        _jobs.Where(job => job.Queue == queue && job.State == JobState.Ready).MinBy(static job => (job.Priority, job.Place));

    public void Settle(JobId id, Settlement settlement, DateTimeOffset now)
    {
        var job = _jobs.Single(job => job.Id == id);
        var comesBack = settlement.Kind is SettleKind.Retry or SettleKind.Snooze or SettleKind.HandBack;
        if (comesBack && job.IsCancelRequested)
        {
            job.State = JobState.Cancelled;
            return;
        }

        var isCharged = settlement.Kind is SettleKind.Succeed or SettleKind.Retry or SettleKind.Dead;
        job.Attempts += isCharged ? 1 : 0;
        ComesBack(job);
        job.DueAt = settlement.DueAt;
        job.IsCancelRequested = false;
        job.State = settlement.Kind switch
        {
            SettleKind.Succeed => JobState.Succeeded,
            SettleKind.Retry or SettleKind.Snooze => settlement.DueAt > now ? JobState.Scheduled : JobState.Ready,
            SettleKind.HandBack => JobState.Ready,
            SettleKind.Dead => JobState.Dead,
            SettleKind.Cancelled => JobState.Cancelled,
        };
    }

    public static CancelResult Cancel(ModelJob job)
    {
        switch (job.State)
        {
            case JobState.Ready or JobState.Scheduled:
                job.State = JobState.Cancelled;
                return CancelResult.Cancelled;
            case JobState.Running:
                job.IsCancelRequested = true;
                return CancelResult.Requested;
            default:
                return CancelResult.Finished;
        }
    }

    public RequeueResult Requeue(ModelJob job)
    {
        var isPutBack = job.State == JobState.Scheduled || (job.State is JobState.Dead or JobState.Cancelled && Holder(job.Key) is null);
        if (!isPutBack)
        {
            return RequeueResult.Refused;
        }

        job.Attempts = job.State == JobState.Scheduled ? job.Attempts : 0;
        ComesBack(job);
        job.IsCancelRequested = false;
        job.State = JobState.Ready;
        return RequeueResult.Requeued;
    }

    public CancelResult Delete(ModelJob job)
    {
        if (job.State == JobState.Running)
        {
            return CancelResult.Requested;
        }

        _ = _jobs.Remove(job);
        return CancelResult.Cancelled;
    }

    public long Purge(string queue) => _jobs.RemoveAll(job => job.Queue == queue && job.State is (JobState.Ready or JobState.Scheduled));

    public void Promote(DateTimeOffset now)
    {
        foreach (var job in _jobs.Where(job => job.State == JobState.Scheduled && job.DueAt <= now))
        {
            job.State = JobState.Ready;
        }
    }

    public (long Ready, long Scheduled, long InFlight, long Dead) Counts(string queue)
    {
        long InState(JobState state) => _jobs.Count(job => job.Queue == queue && job.State == state);
        return (InState(JobState.Ready), InState(JobState.Scheduled), InState(JobState.Running), InState(JobState.Dead));
    }

    private void ComesBack(ModelJob job) => job.Place = keepsPlace ? job.Place : ++_places;

    private ModelJob? Holder(string? key) => key is null ? null : _jobs.Find(job => job.Key == key && !job.State.IsFinal());
}
