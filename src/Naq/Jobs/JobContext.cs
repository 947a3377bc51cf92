using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Naq;

/// <summary>Why a job's token fired.</summary>
public enum CancelReason
{
    /// <summary>It did not.</summary>
    None,

    /// <summary>Somebody cancelled the job.</summary>
    Requested,

    /// <summary>The attempt ran longer than its timeout.</summary>
    Timeout,

    /// <summary>The worker may no longer count on its lease: another may run the job. Nothing is settled.</summary>
    LeaseLost,

    /// <summary>The worker stops: the job is handed back and charged nothing.</summary>
    Shutdown,
}

/// <summary>What a handler may know about the job it runs. Not for use after the handler returned.</summary>
public sealed class JobContext
{
    /// <summary>The largest checkpoint, in bytes of JSON.</summary>
    public const int MaxCheckpointBytes = 64 * 1024;

    private int _reason;
    private ReadOnlyMemory<byte> _checkpoint;

    /// <summary>The job's id: the same on every attempt, so it serves as an idempotency key.</summary>
    public required JobId Id { get; init; }

    /// <summary>The job type's name.</summary>
    public required string Type { get; init; }

    /// <summary>The queue it came from.</summary>
    public required string Queue { get; init; }

    /// <summary>This attempt's number, from 1.</summary>
    public int Attempt { get; init; } = 1;

    /// <summary>Grows with each claim of the job; hand it to a store that refuses smaller ones.</summary>
    public long Fence { get; init; }

    /// <summary>How often a worker died or lost its lease under this job.</summary>
    public int Interruptions { get; init; }

    /// <summary>When the job was enqueued, by the producer's wall clock.</summary>
    public DateTimeOffset EnqueuedAt { get; init; }

    /// <summary>The name of the worker that runs it.</summary>
    public string Worker { get; init; } = "";

    /// <summary>What travelled beside the payload.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = JobHeaders.None;

    /// <summary>Where an earlier run left off, in JSON; empty: none said.</summary>
    public ReadOnlyMemory<byte> Checkpoint
    {
        get => _checkpoint;
        init => _checkpoint = value;
    }

    /// <summary>Where reports go; null: nowhere, as in a test that runs a handler by hand.</summary>
    internal IReportSink? Reports { get; init; }

    /// <summary>Says how much is done, for whoever watches the job.</summary>
    /// <remarks>Cheap: of reports that follow one another quickly only some are written, the last one at the latest with the next heartbeat.</remarks>
    /// <param name="progress">0 to 1.</param>
    /// <param name="note">What it is doing, in one line of at most 300 characters; null: as before.</param>
    /// <param name="ct">Gives up.</param>
    public ValueTask ReportAsync(double progress, string? note = null, CancellationToken ct = default)
    {
        if (!(progress is >= 0 and <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(progress), progress, "Progress is a share: 0 to 1.");
        }

        return Reports?.ReportAsync(progress, note, ct) ?? ValueTask.CompletedTask;
    }

    /// <summary>Keeps where the job goes on if it runs again: after a hand-back, a failed attempt or the death of the worker. Returns once it is durable.</summary>
    /// <remarks>One write each. It replaces the one before, and is kept with the job.</remarks>
    /// <exception cref="JobSerializationException">The state is larger than <see cref="MaxCheckpointBytes"/>.</exception>
    /// <exception cref="OperationCanceledException">The lease was lost: another may run the job.</exception>
    public async ValueTask CheckpointAsync<T>(T state, JsonTypeInfo<T> json, CancellationToken ct = default)
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(state, json);
        if (bytes.Length > MaxCheckpointBytes)
        {
            throw new JobSerializationException(
                $"The checkpoint of a '{Type}' job has {bytes.Length} bytes; at most {MaxCheckpointBytes} are kept. Store the data elsewhere and keep its address.");
        }

        if (Reports is not null)
        {
            await Reports.CheckpointAsync(bytes, ct).ConfigureAwait(false);
        }

        _checkpoint = bytes;
    }

    /// <summary>Reads where an earlier run left off. False: none said, or what it said cannot be read as <typeparamref name="T"/> any more.</summary>
    public bool TryResume<T>(JsonTypeInfo<T> json, [NotNullWhen(true)] out T? state)
    {
        state = default;
        try
        {
            if (!Checkpoint.IsEmpty)
            {
                state = JsonSerializer.Deserialize(Checkpoint.Span, json);
                return state is not null;
            }
        }
        catch (JsonException)
        {
            // An older shape: the job begins anew.
        }

        return false;
    }

    /// <summary>Why the token fired, or <see cref="CancelReason.None"/>.</summary>
    public CancelReason CancelReason => (CancelReason)Volatile.Read(ref _reason);

    /// <summary>Records the first reason; later ones do not replace it.</summary>
    internal bool TrySetCancelReason(CancelReason reason) => Interlocked.CompareExchange(ref _reason, (int)reason, 0) == 0;
}

/// <summary>Where a running job's reports go.</summary>
internal interface IReportSink
{
    ValueTask ReportAsync(double progress, string? note, CancellationToken ct);

    ValueTask CheckpointAsync(ReadOnlyMemory<byte> checkpoint, CancellationToken ct);
}
