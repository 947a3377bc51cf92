using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Naq.Brokers;
using Naq.Telemetry;

namespace Naq.Workers;

/// <summary>Runs claimed jobs one after the other, an attempt each: finds the handler, gives it a scope of its own, and says what its end means.</summary>
internal sealed partial class Attempts(
    HandlerTable handlers, IServiceScopeFactory scopes, Deadlines deadlines, WorkerStats stats, JobLog lines,
    JobMetrics metrics, string worker, TimeProvider time, Random random, ILogger log) : IDisposable
{
    private CancellationTokenSource _cancellation = new();

    /// <summary>What is logged in this flow from here on is the running job's.</summary>
    public void Enter()
    {
        lines.Enter();
        Activity.Current = null; // a job is no part of what started its worker
    }

    public void Dispose() => _cancellation.Dispose();

    /// <summary>Runs one; null: nothing is to be settled, for it was over before it began, or its lease was lost.</summary>
    public async ValueTask<Settlement?> RunAsync(Held held)
    {
        var job = held.Job;
        var handler = handlers.Find(job.Type);
        var startedAt = time.GetUtcNow();
        var retry = handler?.Retry is null && job.Settings == JobSettings.Default ? RetryPolicy.Default : job.Settings.Retry;
        var verdict = new Verdict(job, retry, handler?.Retry, startedAt, startedAt, random);
        if (job.Settings.Version > JobSettings.CurrentVersion)
        {
            LogNewerVersion(job.Id, job.Settings.Version);
            return verdict.Snooze(TimeSpan.FromMinutes(1));
        }

        if (handler is null)
        {
            LogNoHandler(job.Id, job.Type);
            return verdict.NoHandler();
        }

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
            Headers = job.Settings.Headers ?? JobHeaders.None,
            Checkpoint = job.Checkpoint,
            Reports = held,
        };
        if (!held.TryStart(context, _cancellation))
        {
            return null;
        }

        if (job.Settings.TimeoutMs is { } ms)
        {
            deadlines.Add(held, TimeSpan.FromMilliseconds(ms));
        }

        var wait = startedAt - job.ReadyAt;
        stats.Started(wait);
        metrics.Started(job, wait);
        var stamp = time.GetTimestamp();
        var settlement = await AttemptAsync(handler, held, context, verdict).ConfigureAwait(false);
        var service = time.GetElapsedTime(stamp);
        stats.Ended(service, settlement is { Kind: SettleKind.Succeed or SettleKind.Snooze });
        metrics.Ended(job, service, settlement?.Kind);
        held.Stopped();
        if (!_cancellation.TryReset())
        {
            _cancellation.Dispose();
            _cancellation = new();
        }

        return lines.Take() is { } logged && settlement is { } end ? end with { Log = logged } : settlement;
    }

    /// <summary>Runs the handler; null: the lease was lost, nothing is to be settled.</summary>
    private async ValueTask<Settlement?> AttemptAsync(HandlerEntry handler, Held held, JobContext context, Verdict verdict)
    {
        using var span = JobTracing.StartProcess(held.Job, worker);
        Settlement? end;
        try
        {
            var scope = new JobScope(scopes);
            await using (scope.ConfigureAwait(false))
            {
                var outcome = await handler.RunAsync(scope, held.Job.Payload, context, _cancellation.Token).ConfigureAwait(false);
                end = outcome.Match<Verdict, Settlement>(verdict);
            }
        }
        catch (Exception error)
        {
            end = Answer(held.Job, context, verdict, error, span);
        }

        JobTracing.Ended(span, end);
        return end;
    }

    /// <summary>What a throw means. After the token fired it counts as the answer to the token, whatever was thrown.</summary>
    private Settlement? Answer(ClaimedJob job, JobContext context, Verdict verdict, Exception error, Activity? span)
    {
        var reason = context.CancelReason;
        if (reason == CancelReason.None)
        {
            JobTracing.Failed(span, error);
        }

        return reason switch
        {
            CancelReason.None => Failed(job, verdict.Threw(error), error),
            CancelReason.Requested => verdict.Cancelled(),
            CancelReason.Timeout => Failed(job, verdict.TimedOut(TimeSpan.FromMilliseconds(job.Settings.TimeoutMs ?? 0)), error),
            CancelReason.LeaseLost => null,
            CancelReason.Shutdown => verdict.HandBack(),
        };
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

    [LoggerMessage(1020, LogLevel.Debug, "Job {JobId} ({JobType}) failed in attempt {Attempt}; due again at {DueAt:o}")]
    private partial void LogFailed(JobId jobId, string jobType, int attempt, DateTimeOffset dueAt, Exception error);

    [LoggerMessage(1021, LogLevel.Warning, "Job {JobId} ({JobType}) is dead after attempt {Attempt}")]
    private partial void LogDead(JobId jobId, string jobType, int attempt, Exception error);

    [LoggerMessage(1022, LogLevel.Warning, "Job {JobId} has the type {JobType}, which no handler here knows; it is kept")]
    private partial void LogNoHandler(JobId jobId, string jobType);

    [LoggerMessage(1023, LogLevel.Warning, "Job {JobId} was enqueued by a newer Naq (version {Version}); it is left alone for a minute")]
    private partial void LogNewerVersion(JobId jobId, int version);
}
