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

    /// <summary>Writes the entry and renews the seat. Failures are logged once and tried again at the next beat.</summary>
    public async Task WriteAsync(WorkerState state, WorkerStats stats, IReadOnlyDictionary<string, long>? troubles, CancellationToken ct)
    {
        await _writing.WaitAsync(ct).ConfigureAwait(false);
        try
        {
            if (_isGone)
            {
                return;
            }

            using var process = Process.GetCurrentProcess();
            Record = stats.Fill(Record) with
            {
                State = state,
                SeenAt = time.GetUtcNow(),
                MemoryBytes = process.WorkingSet64,
                CpuSeconds = process.TotalProcessorTime.TotalSeconds,
                Troubles = troubles,
                ColdStartSeconds = Record.ColdStartSeconds ?? (state == WorkerState.Starting ? null : (time.GetUtcNow() - process.StartTime.ToUniversalTime()).TotalSeconds),
            };
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
