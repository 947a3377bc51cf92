namespace Naq.Workers;

/// <summary>What a worker has done since it started; written by its slots, read by its heartbeat.</summary>
internal sealed class WorkerStats
{
    private readonly Lock _lock = new();
    private long _succeeded;
    private long _failed;
    private long _count;
    private double _seconds;
    private double _secondsSquared;
    private long _started;
    private double _waitSeconds;
    private readonly long[] _waits = new long[Cluster.WaitHistogram.Buckets];
    private int _busy;

    /// <summary>Attempts that have begun.</summary>
    public long StartedTotal => Volatile.Read(ref _started);

    public int Busy => Volatile.Read(ref _busy);

    public void Started(TimeSpan wait)
    {
        lock (_lock)
        {
            _busy++;
            _started++;
            _waitSeconds += Math.Max(0, wait.TotalSeconds);
            _waits[Cluster.WaitHistogram.BucketOf(wait.TotalSeconds)]++;
        }
    }

    public void Ended(TimeSpan service, bool isSuccess)
    {
        lock (_lock)
        {
            _busy--;
            _count++;
            _seconds += service.TotalSeconds;
            _secondsSquared += service.TotalSeconds * service.TotalSeconds;
            _ = isSuccess ? _succeeded++ : _failed++;
        }
    }

    public Cluster.WorkerRecord Fill(Cluster.WorkerRecord record)
    {
        lock (_lock)
        {
            return record with
            {
                Busy = _busy,
                Succeeded = _succeeded,
                Failed = _failed,
                ServiceCount = _count,
                ServiceSeconds = _seconds,
                ServiceSecondsSquared = _secondsSquared,
                Started = _started,
                WaitSeconds = _waitSeconds,
                Waits = _waits[..(Array.FindLastIndex(_waits, static n => n > 0) + 1)],
            };
        }
    }
}
