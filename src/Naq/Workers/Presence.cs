using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Naq.Brokers;
using Naq.Cluster;

namespace Naq.Workers;

/// <summary>A worker's entry in the registry and its seat in the pool: written at every heartbeat, gone when it stops.</summary>
internal sealed partial class Presence(IClusterStore cluster, WorkerRecord record, TimeSpan beat, TimeSpan lease, int? poolMax, TimeProvider time, ILogger log) : IDisposable
{
    // Three beats may go missing before others take the worker for dead.
    private readonly TimeSpan _ttl = TimeSpan.FromTicks(Math.Max(lease.Ticks, 4 * beat.Ticks));
    private readonly SemaphoreSlim _writing = new(1, 1);
    private PoolSeats? _seat;
    private long _writtenAt;
    private bool _isInTrouble;
    private bool _isGone;

    /// <summary>The entry as it was written last.</summary>
    public WorkerRecord Record { get; private set; } = record;

    /// <summary>Whether the worker may claim: it belongs to no bounded pool, or has a seat there.</summary>
    public bool HasSeat => Record.Pool is null || poolMax is null || _seat is not null;

    /// <summary>Tries to get a seat in the pool; true where none is needed.</summary>
    public async ValueTask<bool> TryTakeSeatAsync(CancellationToken ct)
    {
        if (!HasSeat)
        {
            _seat = await PoolSeats.TryTakeAsync(cluster, Record.Pool!, poolMax!.Value, Record.Name, _ttl, ct).ConfigureAwait(false);
        }

        return HasSeat;
    }

    /// <summary>Writes the entry and renews the seat, if the entry changed or a third of its time to live has passed. Failures are logged once and tried again at the next beat.</summary>
    public async Task WriteAsync(WorkerState state, WorkerStats stats, IReadOnlyDictionary<string, long>? troubles, string? openDependency, CancellationToken ct)
    {
        await _writing.WaitAsync(ct).ConfigureAwait(false);
        try
        {
            var next = Next(state, stats, troubles, openDependency);
            if (_isGone || !IsWorthWriting(next))
            {
                return;
            }

            (Record, _writtenAt) = (next, time.GetTimestamp());
            _ = await cluster.PutAsync(WorkerRegistry.Key(Record.Name), Record.ToBytes(), null, _ttl, ct).ConfigureAwait(false);
            if (_seat is not null && state != WorkerState.Draining && !await _seat.RenewAsync(ct).ConfigureAwait(false))
            {
                _seat = null;
                LogSeatLost();
            }

            if (_isInTrouble)
            {
                _isInTrouble = false;
                LogSeenAgain();
            }
        }
        catch (Exception error) when (error is NaqException or ObjectDisposedException)
        {
            _writtenAt = 0;
            if (!_isInTrouble)
            {
                _isInTrouble = true;
                LogNotSeen(error);
            }
        }
        finally
        {
            _ = _writing.Release();
        }
    }

    private WorkerRecord Next(WorkerState state, WorkerStats stats, IReadOnlyDictionary<string, long>? troubles, string? openDependency) => stats.Fill(Record) with
    {
        State = state,
        SeenAt = time.GetUtcNow(),
        MemoryBytes = Environment.WorkingSet,
        CpuSeconds = Environment.CpuUsage.TotalTime.TotalSeconds,
        Troubles = troubles,
        OpenDependency = openDependency,
        ColdStartSeconds = Record.ColdStartSeconds ?? (state == WorkerState.Starting ? null : SecondsSinceStart()),
    };

    private double SecondsSinceStart()
    {
        using var process = Process.GetCurrentProcess();
        return (time.GetUtcNow() - process.StartTime.ToUniversalTime()).TotalSeconds;
    }

    /// <summary>An idle worker says so every third of its time to live, not at every beat.</summary>
    private bool IsWorthWriting(WorkerRecord next) =>
        _writtenAt == 0 || time.GetElapsedTime(_writtenAt) > _ttl / 3
        || next.State != Record.State || next.Busy != Record.Busy || next.Started != Record.Started || next.ServiceCount != Record.ServiceCount
        || (next.Troubles?.Count ?? 0) != (Record.Troubles?.Count ?? 0) || next.OpenDependency != Record.OpenDependency;

    /// <summary>Leaves the pool's seat to another; the worker claims no more.</summary>
    public async ValueTask ReleaseSeatAsync(CancellationToken ct)
    {
        if (Interlocked.Exchange(ref _seat, null) is { } seat)
        {
            await seat.ReleaseAsync(ct).ConfigureAwait(false);
        }
    }

    public void Dispose() => _writing.Dispose();

    /// <summary>Leaves the registry.</summary>
    public async ValueTask LeaveAsync(CancellationToken ct)
    {
        await _writing.WaitAsync(ct).ConfigureAwait(false);
        _isGone = true;
        _ = _writing.Release();
        await ReleaseSeatAsync(ct).ConfigureAwait(false);
        _ = await cluster.DeleteAsync(WorkerRegistry.Key(Record.Name), null, ct).ConfigureAwait(false);
        _ = await cluster.DeleteAsync(WorkerRegistry.ControlKey(Record.Name), null, ct).ConfigureAwait(false);
    }

    [LoggerMessage(1030, LogLevel.Warning, "The heartbeat cannot be written now; others may take this worker for dead")]
    private partial void LogNotSeen(Exception error);

    [LoggerMessage(1032, LogLevel.Warning, "The seat in the pool was lost; claiming nothing until there is another")]
    private partial void LogSeatLost();

    [LoggerMessage(1031, LogLevel.Information, "The heartbeat is written again")]
    private partial void LogSeenAgain();
}
