using Naq.Brokers;

namespace Naq.Workers;

/// <summary>Passes on what a running job says of itself: checkpoints at once, progress a few times a second at most.</summary>
/// <remarks>Progress that was held back goes with the next checkpoint or the next heartbeat.</remarks>
internal sealed class Reporter(Held held, IJobStore store, TimeProvider time) : IReportSink
{
    private const int MaxNoteLength = 300;
    private static readonly TimeSpan Gap = TimeSpan.FromMilliseconds(250);

    private readonly Lock _lock = new();
    private double? _progress;
    private string? _note;
    private long? _writtenAt;

    public ValueTask ReportAsync(double progress, string? note, CancellationToken ct)
    {
        lock (_lock)
        {
            _progress = progress;
            _note = note is null ? _note : note.Length > MaxNoteLength ? note[..MaxNoteLength] : note;
            if (_writtenAt is { } at && time.GetElapsedTime(at) < Gap)
            {
                return ValueTask.CompletedTask;
            }
        }

        return WriteAsync(null, ct);
    }

    public ValueTask CheckpointAsync(ReadOnlyMemory<byte> checkpoint, CancellationToken ct) => WriteAsync(checkpoint, ct);

    /// <summary>Takes what was held back, to be written with that of others; null: nothing was.</summary>
    public JobReport? TakeHeldBack()
    {
        lock (_lock)
        {
            return _progress is null && _note is null ? null : Take(null);
        }
    }

    private JobReport Take(ReadOnlyMemory<byte>? checkpoint)
    {
        var report = new JobReport(held.Job.Lease) { Progress = _progress, Note = _note, Checkpoint = checkpoint };
        (_progress, _note, _writtenAt) = (null, null, time.GetTimestamp());
        return report;
    }

    private async ValueTask WriteAsync(ReadOnlyMemory<byte>? checkpoint, CancellationToken ct)
    {
        JobReport report;
        lock (_lock)
        {
            report = Take(checkpoint);
        }

        var answers = await store.ReportAsync([report], ct).ConfigureAwait(false);
        if (answers[0] == LeaseStatus.Lost)
        {
            held.Cancel(CancelReason.LeaseLost);
            throw new OperationCanceledException($"Job {held.Job.Id} has lost its lease: another worker may run it.");
        }

        if (answers[0] == LeaseStatus.CancelRequested)
        {
            held.Cancel(CancelReason.Requested);
        }
    }
}
