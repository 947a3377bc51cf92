using Naq.Brokers;

namespace Naq.Workers;

/// <summary>Every claim in a worker's hands: extends their leases and judges them by the worker's own clock.</summary>
/// <remarks>
/// I1: a lease counts from before its last confirmed extension was sent. I2: at 80 % of it the handler is told to stop. I3: past it nothing
/// is settled, whatever the broker would say.
/// </remarks>
internal sealed class LeaseKeeper(IJobStore store, TimeProvider time)
{
    private readonly HashSet<Held> _held = [];
    private readonly TimeSpan _lease = store.LeaseDuration;
    private Task _extending = Task.CompletedTask;

    /// <summary>Guards the claims: which there are, and who may still cancel or settle one. One for all of them is never waited for long, and saves each its own.</summary>
    public Lock Lock { get; } = new();

    /// <summary>Claims that were lost while they were held.</summary>
    public long Lost { get; private set; }

    public Exception? Trouble { get; private set; }

    public int Count
    {
        get
        {
            lock (Lock)
            {
                return _held.Count;
            }
        }
    }

    public Held Add(ClaimedJob job)
    {
        var held = new Held(job, this);
        lock (Lock)
        {
            _ = _held.Add(held);
        }

        return held;
    }

    public void Remove(Held held)
    {
        lock (Lock)
        {
            _ = _held.Remove(held);
        }
    }

    public Held[] Snapshot()
    {
        lock (Lock)
        {
            return [.. _held];
        }
    }

    /// <summary>Now, as claims are stamped with.</summary>
    public long Stamp() => time.GetTimestamp();

    /// <summary>Passes on what the handler of a claim says of it.</summary>
    public Reporter ReporterOf(Held held) => new(held, store, time);

    /// <summary>Whether a settlement may still be sent (I3).</summary>
    public bool IsAlive(Held held) => time.GetElapsedTime(held.ConfirmedAt) < _lease;

    /// <summary>Sends an extension unless one is under way, and cancels what is near its end. Never waits.</summary>
    public void Beat(CancellationToken ct)
    {
        if (_extending.IsCompleted)
        {
            _extending = ExtendAsync(ct);
        }

        foreach (var held in Snapshot())
        {
            if (time.GetElapsedTime(held.ConfirmedAt) > 0.8 * _lease)
            {
                held.Cancel(CancelReason.LeaseLost);
            }
        }
    }

    private async Task ExtendAsync(CancellationToken ct)
    {
        var held = Snapshot();
        if (held.Length == 0)
        {
            return;
        }

        var sentAt = time.GetTimestamp();
        try
        {
            var answers = await store.ExtendAsync(Array.ConvertAll(held, static h => h.Job.Lease), ct).ConfigureAwait(false);
            for (var i = 0; i < held.Length; i++)
            {
                Apply(held[i], answers[i], sentAt);
            }

            // One write for all: the next extension waits for it. A lease that is lost is told by the extension.
            JobReport[] reports = [.. held.Select(static h => h.Reporter?.TakeHeldBack()).OfType<JobReport>()];
            if (reports.Length > 0)
            {
                _ = await store.ReportAsync(reports, ct).ConfigureAwait(false);
            }

            Trouble = null;
        }
        catch (Exception error) when (error is NaqException or ObjectDisposedException or OperationCanceledException)
        {
            Trouble = error;
        }
    }

    private void Apply(Held held, LeaseStatus status, long sentAt)
    {
        switch (status)
        {
            case LeaseStatus.Held:
                held.ConfirmedAt = sentAt;
                break;
            case LeaseStatus.CancelRequested:
                held.ConfirmedAt = sentAt;
                held.Cancel(CancelReason.Requested);
                break;
            case LeaseStatus.Lost:
                Lose(held);
                break;
        }
    }

    /// <summary>The broker says so: nothing of it will be settled. A settlement on its way may have ended it first; then it was not lost.</summary>
    private void Lose(Held held)
    {
        held.Cancel(CancelReason.LeaseLost);
        if (held.TryEnd())
        {
            Lost++;
            Remove(held);
        }
    }
}
