namespace Naq.Brokers.Memory;

/// <summary>Jobs in memory: one lock around the rules, one timer for what time brings, a signal for who waits.</summary>
/// <remarks>
/// Every call first catches up with the clocks, then changes something, then gives out what can be claimed. Under the lock nothing is
/// awaited and no foreign code runs.
/// </remarks>
internal sealed class MemoryJobStore : IJobStore
{
    /// <summary>Timers count whole milliseconds, rounded down: one more, so that it is time when they ring.</summary>
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(1);

    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(7);

    private readonly Lock _lock = new();
    private readonly TimeProvider _time;
    private readonly JobTable _table = new();
    private readonly Claims _claims;
    private readonly JobEngine _engine;
    private readonly Signal _changed = new();
    private readonly ITimer _alarm;
    private long _alarmAt = long.MaxValue;
    private long _version = 1;
    private bool _isDisposed;

    public MemoryJobStore(MemoryBrokerOptions options, TimeProvider time)
    {
        (_time, LeaseDuration) = (time, options.LeaseDuration);
        _claims = new(_table, time.Counts(options.LeaseDuration));
        _engine = new(options, time, _table);
        _alarm = time.CreateTimer(static self => ((MemoryJobStore)self!).Ring(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public TimeSpan LeaseDuration { get; }

    /// <summary>When the next scheduled job is due; null: none is.</summary>
    public DateTimeOffset? NextDueAt => Look(_ => _table.NextDue?.At, CancellationToken.None);

    public ValueTask<IReadOnlyList<EnqueueResult>> EnqueueAsync(IReadOnlyList<NewJob> jobs, CancellationToken ct) =>
        ChangeAll<NewJob, EnqueueResult>(jobs, (job, now) => _engine.Enqueue(job, now), ct);

    public ValueTask<IReadOnlyList<SettleResult>> SettleAsync(IReadOnlyList<Settlement> settlements, CancellationToken ct) =>
        ChangeAll<Settlement, SettleResult>(settlements, (settlement, now) => _engine.Settle(settlement, now), ct);

    public ValueTask<IReadOnlyList<LeaseStatus>> ExtendAsync(IReadOnlyList<Lease> leases, CancellationToken ct) =>
        ChangeAll<Lease, LeaseStatus>(leases, (lease, now) => _claims.Extend(lease, now), ct);

    public ValueTask<IReadOnlyList<LeaseStatus>> ReportAsync(IReadOnlyList<JobReport> reports, CancellationToken ct) =>
        ChangeAll<JobReport, LeaseStatus>(reports, static (report, _) => JobEngine.Report(report), ct);

    public ValueTask<IJobFeed> OpenFeedAsync(FeedOptions options, CancellationToken ct)
    {
        var feed = new FeedState(options);
        _ = Change(
            _ =>
            {
                _claims.Open(feed);
                return true;
            },
            ct);
        return new(new MemoryJobFeed(this, feed));
    }

    public ValueTask<CancelResult> CancelAsync(JobId id, CancellationToken ct)
    {
        Action? attention = null;
        var result = Change(
            now =>
            {
                var answer = _engine.Cancel(id, now);
                attention = answer == CancelResult.Requested ? _table.Find(id)?.Feed?.Attention : null;
                return answer;
            },
            ct);
        attention?.Invoke();
        return new(result);
    }

    public ValueTask<RequeueResult> RequeueAsync(JobId id, CancellationToken ct) => new(Change(now => _engine.Requeue(id, now), ct));

    public ValueTask<CancelResult> DeleteAsync(JobId id, CancellationToken ct) => new(Change(now => _engine.Delete(id, now), ct));

    public ValueTask<long> PurgeAsync(string queue, CancellationToken ct) => new(Change(now => _engine.Purge(queue, now), ct));

    public ValueTask<QueueDeletion> DeleteQueueAsync(string queue, CancellationToken ct) => new(Change(now => _engine.DeleteQueue(queue, now), ct));

    public ValueTask<JobSnapshot?> FindAsync(JobId id, CancellationToken ct) =>
        new(Look(now => _table.Find(id)?.Snapshot(now, isFull: true), ct));

    public ValueTask<JobPage> ListAsync(JobFilter filter, string? after, int limit, CancellationToken ct) =>
        new(Look(now => _engine.List(filter, after, limit, now), ct));

    public ValueTask<IReadOnlyList<QueueCounts>> CountsAsync(IReadOnlyList<string>? queues, CancellationToken ct) =>
        new(Look<IReadOnlyList<QueueCounts>>(
            now =>
            [
                .. _table.Queues
                    .Where(queue => !queue.IsGone && (queues is null || queues.Any(pattern => Names.Matches(pattern, queue.Name))))
                    .Select(queue => queue.Counts(now.Wall)),
            ],
            ct));

    public async ValueTask<JobSnapshot?> ResultAsync(JobId id, TimeSpan wait, CancellationToken ct)
    {
        var until = _time.GetTimestamp() + _time.Counts(wait < LongestWait ? wait : LongestWait);
        while (true)
        {
            var (job, ended) = Look(now => _table.Find(id) is { } row ? (row.Snapshot(now, isFull: true), (row.Ended ??= new()).Next) : default, ct);
            if (job is null || ended is null)
            {
                throw new JobNotFoundException(id);
            }

            var left = _time.Duration(until - _time.GetTimestamp());
            if (job.State.IsFinal() || left <= TimeSpan.Zero)
            {
                return job.State.IsFinal() ? job : null;
            }

            // Its end may be undone by a requeue before this goes on: then wait for the next.
            await ended.WaitAsync(left, _time, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    public async ValueTask<long> WaitForChangeAsync(long seen, CancellationToken ct)
    {
        while (true)
        {
            var (version, changed) = Look(_ => (_version, _changed.Next), ct);
            if (version != seen)
            {
                return version;
            }

            await changed.WaitAsync(ct).ConfigureAwait(false);
        }
    }

    public ValueTask SetQueueAsync(string queue, QueueChange change, CancellationToken ct)
    {
        _ = Change(
            _ =>
            {
                var row = _table.Queue(queue);
                row.Return();
                row.IsPaused = change.IsPaused ?? row.IsPaused;
                row.MaxLength = change.MaxLength is { } max ? (max == 0 ? null : max) : row.MaxLength;
                return true;
            },
            ct);
        return ValueTask.CompletedTask;
    }

    public ValueTask<IReadOnlyList<Finding>> DiagnoseAsync(CancellationToken ct) => new(
    [
        new("storage", Severity.Warning, "Jobs live in this process's memory and end with it. Use sqlite: or nats: for jobs that matter."),
        new("trimmed", Severity.Ok, $"{Look(_ => _engine.Trimmed, ct)} finished jobs and dead letters were forgotten to keep the bounds."),
    ]);

    public ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            _isDisposed = true;
            _claims.CloseAll();
            _changed.Fire();
        }

        return _alarm.DisposeAsync();
    }

    /// <summary>Changes something, and gives out what can be claimed then.</summary>
    internal T Change<T>(Func<Moment, T> change, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, typeof(Broker));
            var now = CatchUp();
            var result = change(now);
            Changed(now);
            return result;
        }
    }

    /// <summary>Moves what was delivered into <paramref name="buffer"/>; where there is nothing yet, says what to wait for.</summary>
    internal (int Count, Task? Arrived) Read(FeedState feed, Memory<ClaimedJob> buffer)
    {
        lock (_lock)
        {
            var now = CatchUp();
            var count = _claims.Read(feed, buffer.Span, now);
            SetAlarm(now);
            return (count, count > 0 || feed.IsStopped ? null : feed.Arrived.Next);
        }
    }

    internal void Grant(FeedState feed, int credits) =>
        Change(
            _ =>
            {
                (feed.Credits, feed.IsStopped) = (feed.Credits + credits, false);
                return true;
            },
            CancellationToken.None);

    internal void Stop(FeedState feed)
    {
        lock (_lock)
        {
            Claims.Stop(feed);
            Changed(CatchUp());
        }
    }

    internal void Close(FeedState feed)
    {
        lock (_lock)
        {
            var now = CatchUp();
            foreach (var lease in _claims.Close(feed))
            {
                _ = _engine.Settle(new(lease, SettleKind.HandBack), now);
            }

            Changed(now);
        }
    }

    private T Look<T>(Func<Moment, T> look, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, typeof(Broker));
            return look(CatchUp());
        }
    }

    private ValueTask<IReadOnlyList<TAnswer>> ChangeAll<TItem, TAnswer>(
        IReadOnlyList<TItem> items, Func<TItem, Moment, TAnswer> change, CancellationToken ct) =>
        new(Change<IReadOnlyList<TAnswer>>(
            now =>
            {
                var answers = new TAnswer[items.Count];
                for (var i = 0; i < answers.Length; i++)
                {
                    answers[i] = change(items[i], now);
                }

                return answers;
            },
            ct));

    private Moment CatchUp()
    {
        var now = Moment.Of(_time);
        if (_engine.CatchUp(now))
        {
            Changed(now);
        }

        return now;
    }

    private void Changed(Moment now)
    {
        _claims.GiveOut(now);
        _version++;
        _changed.Fire();
        SetAlarm(now);
    }

    private void Ring()
    {
        lock (_lock)
        {
            _alarmAt = long.MaxValue;
            SetAlarm(CatchUp());
        }
    }

    /// <summary>Rings when the next lease ends or job is due.</summary>
    /// <remarks>An alarm that turns out too early is cheaper than one that moves with every claim.</remarks>
    private void SetAlarm(Moment now)
    {
        var next = Math.Min(
            _table.NextExpiring?.LeaseEnds ?? long.MaxValue,
            _table.NextDue is { } due ? now.Stamp + _time.Counts(due.At - now.Wall) : long.MaxValue);
        if (next < _alarmAt && !_isDisposed)
        {
            _alarmAt = next;
            var wait = _time.Duration(next - now.Stamp) + Tick;
            _ = _alarm.Change(wait < LongestWait ? wait : LongestWait, Timeout.InfiniteTimeSpan);
        }
    }
}
