using System.Threading.Channels;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Naq.Brokers;

namespace Naq.Workers;

/// <summary>One unit of a worker's concurrency: takes a claimed job, runs its handler in a scope of its own, hands the end to the settler.</summary>
internal sealed partial class Slot(
    HandlerTable handlers, IServiceScopeFactory scopes, IJobStore store, LeaseKeeper leases, Settler settler, Deadlines deadlines, WorkerStats stats,
    JobLog lines, string worker, TimeProvider time, Random random, ILogger log) : IDisposable
{
    private CancellationTokenSource _cancellation = new();

    public async Task RunAsync(ChannelReader<Held> claimed)
    {
        lines.Enter();
        while (await claimed.WaitToReadAsync().ConfigureAwait(false))
        {
            while (claimed.TryRead(out var held))
            {
                await RunAsync(held).ConfigureAwait(false);
            }
        }
    }

    public void Dispose() => _cancellation.Dispose();

    private async Task RunAsync(Held held)
    {
        var job = held.Job;
        var handler = handlers.Find(job.Type);
        var startedAt = time.GetUtcNow();
        var retry = handler?.Retry is null && job.Settings == JobSettings.Default ? RetryPolicy.Default : job.Settings.Retry;
        var verdict = new Verdict(job, retry, handler?.Retry, startedAt, startedAt, random);
        if (job.Settings.Version > JobSettings.CurrentVersion)
        {
            LogNewerVersion(job.Id, job.Settings.Version);
            End(held, verdict.Snooze(TimeSpan.FromMinutes(1)));
            return;
        }

        if (handler is null)
        {
            LogNoHandler(job.Id, job.Type);
            End(held, verdict.NoHandler());
            return;
        }

        held.Reporter = new(held, store, time);
        var context = new JobContext
        {
            Id = job.Id,
            Type = job.Type,
            Queue = job.Queue,
            Attempt = job.Attempt,
            Fence = job.Lease.Fence,
            Interruptions = job.Interruptions,
            EnqueuedAt = job.EnqueuedAt,
            Worker = worker,
            Checkpoint = job.Checkpoint,
            Reports = held.Reporter,
        };
        if (!held.TryStart(context, _cancellation))
        {
            leases.Remove(held);
            return;
        }

        if (job.Settings.TimeoutMs is { } ms)
        {
            deadlines.Add(held, TimeSpan.FromMilliseconds(ms));
        }

        stats.Started(startedAt - job.ReadyAt);
        var stamp = time.GetTimestamp();
        var settlement = await AttemptAsync(handler, held, context, verdict).ConfigureAwait(false);
        stats.Ended(time.GetElapsedTime(stamp), settlement is { Kind: SettleKind.Succeed or SettleKind.Snooze });
        End(held, settlement is { } end && lines.Take() is { } logged ? end with { Log = logged } : settlement);
        if (!_cancellation.TryReset())
        {
            _cancellation.Dispose();
            _cancellation = new();
        }
    }

    /// <summary>Runs the handler; null: the lease was lost, nothing is to be settled.</summary>
    private async ValueTask<Settlement?> AttemptAsync(HandlerEntry handler, Held held, JobContext context, Verdict verdict)
    {
        try
        {
            var scope = scopes.CreateAsyncScope();
            await using (scope.ConfigureAwait(false))
            {
                var outcome = await handler.RunAsync(scope.ServiceProvider, held.Job.Payload, context, _cancellation.Token).ConfigureAwait(false);
                return outcome.Match(verdict);
            }
        }
        catch (Exception error)
        {
            // A throw after the token fired counts as its answer to the token, whatever it threw.
            return context.CancelReason switch
            {
                CancelReason.None => Failed(held.Job, verdict.Threw(error), error),
                CancelReason.Requested => verdict.Cancelled(),
                CancelReason.Timeout => Failed(held.Job, verdict.TimedOut(TimeSpan.FromMilliseconds(held.Job.Settings.TimeoutMs ?? 0)), error),
                CancelReason.LeaseLost => null,
                CancelReason.Shutdown => verdict.HandBack(),
            };
        }
    }

    private Settlement Failed(ClaimedJob job, in Settlement settlement, Exception error)
    {
        if (settlement.Kind == SettleKind.Dead)
        {
            LogDead(job.Id, job.Type, job.Attempt, error);
        }
        else
        {
            LogFailed(job.Id, job.Type, job.Attempt, settlement.DueAt, error);
        }

        return settlement;
    }

    private void End(Held held, in Settlement? settlement)
    {
        if (held.TryEnd() && settlement is { } end)
        {
            settler.Post(held, end);
        }
        else
        {
            leases.Remove(held);
        }
    }

    [LoggerMessage(1020, LogLevel.Debug, "Job {JobId} ({JobType}) failed in attempt {Attempt}; due again at {DueAt:o}")]
    private partial void LogFailed(JobId jobId, string jobType, int attempt, DateTimeOffset dueAt, Exception error);

    [LoggerMessage(1021, LogLevel.Warning, "Job {JobId} ({JobType}) is dead after attempt {Attempt}")]
    private partial void LogDead(JobId jobId, string jobType, int attempt, Exception error);

    [LoggerMessage(1022, LogLevel.Warning, "Job {JobId} has the type {JobType}, which no handler here knows; it is kept")]
    private partial void LogNoHandler(JobId jobId, string jobType);

    [LoggerMessage(1023, LogLevel.Warning, "Job {JobId} was enqueued by a newer Naq (version {Version}); it is left alone for a minute")]
    private partial void LogNewerVersion(JobId jobId, int version);
}
