namespace Naq.Workers;

/// <summary>One timer for the timeouts of all running attempts.</summary>
internal sealed class Deadlines : IDisposable
{
    private readonly Lock _lock = new();
    private readonly PriorityQueue<Held, long> _queue = new();
    private readonly TimeProvider _time;
    private readonly ITimer _timer;

    public Deadlines(TimeProvider time)
    {
        _time = time;
        _timer = time.CreateTimer(static state => ((Deadlines)state!).Fire(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Cancels <paramref name="held"/> after <paramref name="timeout"/>, unless it is over by then.</summary>
    public void Add(Held held, TimeSpan timeout)
    {
        lock (_lock)
        {
            _queue.Enqueue(held, _time.GetTimestamp() + (long)(timeout.TotalSeconds * _time.TimestampFrequency));
            Arm();
        }
    }

    public void Dispose() => _timer.Dispose();

    private void Fire()
    {
        lock (_lock)
        {
            while (_queue.TryPeek(out var held, out var at) && at <= _time.GetTimestamp())
            {
                _ = _queue.Dequeue();
                held.Cancel(CancelReason.Timeout);
            }

            Arm();
        }
    }

    private void Arm()
    {
        if (_queue.TryPeek(out _, out var at))
        {
            var wait = TimeSpan.FromSeconds(Math.Max(0, (at - _time.GetTimestamp()) / (double)_time.TimestampFrequency));
            _ = _timer.Change(wait < TimeSpan.FromDays(1) ? wait + TimeSpan.FromMilliseconds(1) : TimeSpan.FromDays(1), Timeout.InfiniteTimeSpan);
        }
    }
}
