using System.Globalization;
using System.Threading.Channels;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Naq.Brokers;
using Naq.Cluster;
using Naq.Telemetry;

namespace Naq.Workers;

/// <summary>Why a worker ended.</summary>
internal enum WorkerExit
{
    /// <summary>It was told to stop, and everything it ran ended by itself.</summary>
    Drained,

    /// <summary>It was told to stop, and handed back what still ran.</summary>
    HandedBack,

    /// <summary>It was too old or too large, and left so that a fresh one takes its place.</summary>
    Retired,
}

/// <summary>A worker process's heart: feed → channel → slots → settler, with leases extended and a heartbeat written beside it.</summary>
/// <remarks>See README.md for the order of shutdown.</remarks>
internal sealed partial class Worker : IDisposable
{
    public const string LogCategory = "Naq.Worker";

    /// <summary>Retiring, it waits this long for its supervisor to bring a replacement; then it leaves anyway.</summary>
    private static readonly TimeSpan ReplacementPatience = TimeSpan.FromSeconds(60);

    private readonly Broker _broker;
    private readonly HandlerTable _handlers;
    private readonly IReadOnlyList<QueueSource> _queues;
    private readonly WorkerOptions _options;
    private readonly IServiceScopeFactory _scopes;
    private readonly TimeProvider _time;
    private readonly Random _random;
    private readonly ILogger _log;
    private readonly WorkerStats _stats = new();
    private readonly JobMetrics _metrics;
    private readonly LeaseKeeper _leases;
    private readonly Settler _settler;
    private readonly Prefetch _prefetch;
    private readonly Deadlines _deadlines;
    private readonly Presence _presence;
    private readonly Dependencies? _dependencies;
    private readonly Draining _drain;
    private readonly Channel<Held> _claimed;
    private readonly TaskCompletionSource _stop = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _handBack = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SemaphoreSlim _beatNow = new(0, 1);
    private readonly TimeSpan _beat;
    private readonly Retirement _retirement;
    private IJobFeed? _feed;
    private volatile WorkerState _state = WorkerState.Starting;
    private long _retiringSince;
    private int _outstanding;
    private bool _isQuietAsked;
    private bool _isRetired;

    public Worker(
        Broker broker, HandlerTable handlers, IReadOnlyList<QueueSource> queues, WorkerOptions options, IServiceProvider services,
        TimeProvider time, Random random, ILoggerFactory loggers)
    {
        WorkerOptionsRules.Require(options, queues);
        (_broker, _handlers, _queues, _options, _time, _random) = (broker, handlers, queues, options, time, random);
        _scopes = services.GetRequiredService<IServiceScopeFactory>();
        _metrics = JobMetrics.Of(services);
        _dependencies = services.GetService<Dependencies>();
        _log = loggers.CreateLogger(LogCategory);
        _leases = new(broker.Jobs, time);
        _settler = new(broker.Jobs, _leases, options.Concurrency + Prefetch.Most, time, _log);
        _prefetch = new(time);
        _deadlines = new(time);

        // A quarter of the lease, so that three beats may fail; never slower than what the autoscaler wants to see.
        _beat = TimeSpan.FromTicks(Math.Min(broker.Jobs.LeaseDuration.Ticks / 4, TimeSpan.FromSeconds(2).Ticks));
        _retirement = new(options, options.MaxAge * (0.9 + (0.2 * random.NextDouble())), MemoryLimits.OfControlGroups(), time);
        _presence = new(broker.Cluster, FirstRecord(), _beat, broker.Jobs.LeaseDuration, options.PoolMax, time, _log);

        _drain = new(_leases, _settler, _presence, options.DrainTimeout, _handBack.Task, time, _log);

        // Bounded by the credits: concurrency and prefetch are all that is ever delivered.
        _claimed = Channel.CreateUnbounded<Held>(new() { SingleWriter = true });
    }

    public string Name => _presence.Record.Name;

    public WorkerState State => _state;

    /// <summary>Attempts that have begun.</summary>
    public long StartedTotal => _stats.StartedTotal;

    /// <summary>Whether it leaves, or will, so that a fresh one takes its place.</summary>
    public bool IsRetired => Volatile.Read(ref _isRetired);

    /// <summary>Stops claiming, lets running jobs end within the drain timeout, hands back the rest. May be called from anywhere, more than once.</summary>
    public void Drain() => _ = _stop.TrySetResult();

    /// <summary>Drains with no patience: what runs is handed back at once.</summary>
    public void HandBackNow()
    {
        _ = _handBack.TrySetResult();
        Drain();
    }

    /// <summary>Runs until drained. Called once.</summary>
    public async Task<WorkerExit> RunAsync()
    {
        // A handler that blocks its thread must not keep leases from being extended.
        ThreadPool.GetMinThreads(out var threads, out var ports);
        _ = ThreadPool.SetMinThreads(Math.Max(threads, _options.Concurrency + 16), ports);

        using var stopping = new CancellationTokenSource();

        // The feed first: while the broker looks for the first jobs, there is time for the worker's entry and for its commands.
        var serving = ServeAsync();
        var commands = ObeyAsync(stopping.Token);
        var beating = BeatAsync(stopping.Token);
        var exit = await serving.ConfigureAwait(false);
        await stopping.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(commands, beating).ConfigureAwait(false);
        await _drain.LeaveAsync().ConfigureAwait(false);
        LogLeft(Name, exit);
        return exit;
    }

    public void Dispose()
    {
        _deadlines.Dispose();
        _presence.Dispose();
        _beatNow.Dispose();
    }

    private async Task<WorkerExit> ServeAsync()
    {
        if (!await WaitForSeatAsync().ConfigureAwait(false))
        {
            return WorkerExit.Drained;
        }

        var feed = _feed = await _broker.Jobs.OpenFeedAsync(new(_queues) { Worker = Name, Attention = BeatNow }, CancellationToken.None).ConfigureAwait(false);
        await using (feed.ConfigureAwait(false))
        {
            _state = WorkerState.Running;
            _metrics.WorkerBegins(_options.Concurrency);
            _retirement.Begin(Environment.WorkingSet);
            if (_retirement.IsTooLargeFromTheStart)
            {
                LogTooLarge(Name, Environment.WorkingSet, _retirement.MemoryLimit);
            }

            BeatNow();
            LogServes(Name, _options.Concurrency, string.Join(", ", _queues.Select(static q => q.NameOrPattern)));
            var settling = _settler.RunAsync(Settling);
            var slots = new Slot[_options.Concurrency];
            var running = new Task[slots.Length];
            for (var i = 0; i < slots.Length; i++)
            {
                var attempts = new Attempts(
                    _handlers, _scopes, _deadlines, _stats, new(_options.LogLines, _time), _metrics, Name, _time, new Random(_random.Next()), _log);
                slots[i] = new(attempts, _settler);
                running[i] = slots[i].RunAsync(_claimed.Reader);
            }

            var reading = ReadAsync(feed);
            Refill(0);
            await _stop.Task.ConfigureAwait(false);
            _state = WorkerState.Draining;
            LogDrains(Name, _stats.Busy);
            BeatNow();
            var ended = Task.WhenAll(running);
            var isClean = await _drain.RunAsync(feed, _claimed.Reader, reading, ended, settling, _broker.Jobs.LeaseDuration).ConfigureAwait(false);
            _metrics.WorkerEnds(_options.Concurrency);
            if (ended.IsCompleted)
            {
                Array.ForEach(slots, static slot => slot.Dispose());
            }

            return _isRetired ? WorkerExit.Retired : isClean ? WorkerExit.Drained : WorkerExit.HandedBack;
        }
    }

    private async Task<bool> WaitForSeatAsync()
    {
        while (!_stop.Task.IsCompleted)
        {
            if (await _presence.TryTakeSeatAsync(CancellationToken.None).ConfigureAwait(false))
            {
                return true;
            }

            _ = await Task.WhenAny(_stop.Task, Task.Delay(_beat, _time, CancellationToken.None)).ConfigureAwait(false);
        }

        return false;
    }

    /// <summary>Moves what the feed delivers into the channel of the slots.</summary>
    private async Task ReadAsync(IJobFeed feed)
    {
        var buffer = new ClaimedJob[256];
        while (true)
        {
            int count;
            try
            {
                count = await feed.ReadAsync(buffer, CancellationToken.None).ConfigureAwait(false);
            }
            catch (BrokerUnavailableException error)
            {
                LogCannotRead(error);
                await Task.Delay(_beat, _time, CancellationToken.None).ConfigureAwait(false);
                continue;
            }

            for (var i = 0; i < count; i++)
            {
                _ = _claimed.Writer.TryWrite(_leases.Add(buffer[i]));
            }

            if (count == 0 && _stop.Task.IsCompleted)
            {
                _ = _claimed.Writer.TryComplete();
                return;
            }

            if (count == 0)
            {
                // Stopped by "quiet": read again once it grants credits.
                await Task.Delay(_beat, _time, CancellationToken.None).ConfigureAwait(false);
            }
        }
    }

    /// <summary>A batch of ends is on its way: its slots are free, so claim for them in the same write.</summary>
    private void Settling(int count)
    {
        _ = Interlocked.Add(ref _outstanding, -count);
        Refill(_prefetch.Next(count));
    }

    private void Refill(int prefetch)
    {
        if (_state is not (WorkerState.Running or WorkerState.Retiring) || _stop.Task.IsCompleted)
        {
            return;
        }

        var missing = _options.Concurrency + prefetch - Volatile.Read(ref _outstanding);
        if (missing > 0)
        {
            _ = Interlocked.Add(ref _outstanding, missing);
            _feed!.Grant(missing);
        }
    }

    private void BeatNow()
    {
        try
        {
            _ = _beatNow.Release();
        }
        catch (Exception error) when (error is SemaphoreFullException or ObjectDisposedException)
        {
            // One is due already, or nobody beats any more.
        }
    }

    /// <summary>The heartbeat: leases first, then the registry, then the worker's own age and size.</summary>
    private async Task BeatAsync(CancellationToken ct)
    {
        try
        {
            while (true)
            {
                _leases.Beat(ct);
                await _presence.WriteAsync(_state, _stats, Troubles(), _dependencies?.Open, ct).ConfigureAwait(false);
                await FollowSeatAsync(ct).ConfigureAwait(false);
                RetireIfDue();
                _ = await _beatNow.WaitAsync(_beat, ct).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // Stopped.
        }
    }

    /// <summary>Without a seat in its pool the worker claims nothing, with one again it goes on.</summary>
    private async ValueTask FollowSeatAsync(CancellationToken ct)
    {
        if (_state == WorkerState.Running && !_presence.HasSeat)
        {
            await QuietAsync(ct).ConfigureAwait(false);
        }
        else if (_state == WorkerState.Quiet && !_isQuietAsked && await _presence.TryTakeSeatAsync(ct).ConfigureAwait(false))
        {
            Resume();
        }
    }

    private void RetireIfDue()
    {
        if (_state == WorkerState.Running)
        {
            if (_retirement.Reason(_stats.StartedTotal, Environment.WorkingSet) is not { } reason)
            {
                return;
            }

            LogRetires(Name, reason, Environment.WorkingSet);
            (_state, _isRetired, _retiringSince) = (WorkerState.Retiring, true, _time.GetTimestamp());
            BeatNow();
        }

        // Whoever calls it a replica brings the replacement first; anybody else's supervisor starts one when it has left.
        if (_state == WorkerState.Retiring
            && (_options.Replica is null || _time.GetElapsedTime(_retiringSince) > ReplacementPatience || _retirement.IsOverLimit(Environment.WorkingSet)))
        {
            Drain();
        }
    }

    private async Task ObeyAsync(CancellationToken ct)
    {
        try
        {
            await foreach (var change in _broker.Cluster.WatchAsync(WorkerRegistry.ControlKey(Name), ct).ConfigureAwait(false))
            {
                if (change.Entry is { } entry && Enum.TryParse<WorkerCommand>(System.Text.Encoding.UTF8.GetString(entry.Value.Span), true, out var command))
                {
                    await ObeyAsync(command, ct).ConfigureAwait(false);
                }
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // Stopped.
        }
        catch (BrokerUnavailableException error)
        {
            LogCannotObey(error);
        }
    }

    private async ValueTask ObeyAsync(WorkerCommand command, CancellationToken ct)
    {
        LogCommanded(Name, command);
        switch (command)
        {
            case WorkerCommand.Quiet when _state is WorkerState.Running or WorkerState.Retiring:
                _isQuietAsked = true;
                await QuietAsync(ct).ConfigureAwait(false);
                break;
            case WorkerCommand.Resume when _state == WorkerState.Quiet:
                _isQuietAsked = false;
                Resume();
                break;
            case WorkerCommand.Drain:
                Drain();
                break;
        }

        BeatNow();
    }

    private async ValueTask QuietAsync(CancellationToken ct)
    {
        _state = WorkerState.Quiet;
        await _feed!.StopAsync(ct).ConfigureAwait(false);

        // Credits are withdrawn: what is left outstanding is what is held.
        _ = Interlocked.Exchange(ref _outstanding, _leases.Count);
    }

    private void Resume()
    {
        _state = WorkerState.Running;
        Refill(0);
    }

    private Dictionary<string, long>? Troubles()
    {
        var troubles = new Dictionary<string, long>();
        if (_leases.Lost > 0)
        {
            troubles["leases_lost"] = _leases.Lost;
        }

        if (_settler.TooLate > 0)
        {
            troubles["settled_too_late"] = _settler.TooLate;
        }

        if (_retirement.IsTooLargeFromTheStart)
        {
            troubles["too_large_from_the_start"] = 1;
        }

        return troubles.Count > 0 ? troubles : null;
    }

    private WorkerRecord FirstRecord() => new()
    {
        Name = _options.Name ?? string.Create(CultureInfo.InvariantCulture, $"{Host()}-{Environment.ProcessId}-{_random.Next(0x10000):x4}"),
        Host = Host(),
        Pid = Environment.ProcessId,
        Replica = _options.Replica,
        Pool = _options.Pool,
        Queues = [.. _queues.Select(static q => q.NameOrPattern)],
        Concurrency = _options.Concurrency,
        State = WorkerState.Starting,
        StartedAt = _time.GetUtcNow(),
    };

    /// <summary>The host's name, cut to what a worker's name may hold.</summary>
    private static string Host()
    {
        var host = string.Concat(Environment.MachineName.Where(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'));
        return Names.IsName(host) ? host[..Math.Min(host.Length, 40)] : "host";
    }
}
