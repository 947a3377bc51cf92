using System.Diagnostics;
using System.Reflection;
using Naq.Brokers;

namespace Naq.Telemetry;

/// <summary>Spans after the messaging conventions of OpenTelemetry, and the context that travels in a job's headers (W3C trace context). Nothing is made where nobody listens.</summary>
/// <remarks>
/// The first attempt is a child of the span that enqueued the job. Later ones begin a trace of their own, for they may be hours later; every attempt
/// links to the enqueue.
/// </remarks>
internal static class JobTracing
{
    public static readonly string Version = typeof(JobTracing).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "";

    private static readonly ActivitySource Source = new(NaqTelemetry.SourceName, Version);

    public static bool IsListening => Source.HasListeners();

    /// <summary>The span of one write of jobs.</summary>
    public static Activity? StartEnqueue(IReadOnlyList<NewJob> jobs)
    {
        if (jobs.Count == 0 || !Source.HasListeners())
        {
            return null;
        }

        var queue = jobs[0].Queue;
        var isOneQueue = jobs.All(job => job.Queue == queue);
        var tags = new List<KeyValuePair<string, object?>>
        {
            new(TelemetryNames.System, TelemetryNames.SystemName),
            new(TelemetryNames.OperationName, TelemetryNames.EnqueueSpan),
            new(TelemetryNames.OperationType, TelemetryNames.SendOperation),
        };
        if (isOneQueue)
        {
            tags.Add(new(TelemetryNames.Destination, queue));
        }

        if (jobs.Count == 1)
        {
            tags.Add(new(TelemetryNames.MessageId, jobs[0].Id.ToString()));
            tags.Add(new(TelemetryNames.JobType, jobs[0].Type));
        }
        else
        {
            tags.Add(new(TelemetryNames.BatchCount, jobs.Count));
        }

        return Source.StartActivity(isOneQueue ? $"{TelemetryNames.EnqueueSpan} {queue}" : TelemetryNames.EnqueueSpan, ActivityKind.Producer, default(ActivityContext), tags);
    }

    /// <summary>The jobs with the context that they are enqueued in: the span's, or where it is not sampled the caller's. A context of their own is left alone, and one that does not fit is left out.</summary>
    public static IReadOnlyList<NewJob> Mark(IReadOnlyList<NewJob> jobs, Activity? span) =>
        Source.HasListeners() && (span ?? Activity.Current) is { IdFormat: ActivityIdFormat.W3C, Id: { } id } current
            ? [.. jobs.Select(job => Mark(job, id, current.TraceStateString))]
            : jobs;

    /// <summary>The span of one attempt.</summary>
    public static Activity? StartProcess(ClaimedJob job, string worker)
    {
        if (!Source.HasListeners())
        {
            return null;
        }

        var isTraced = TryRead(job.Settings.Headers, out var creation);
        var isFirst = job is { Attempt: 1, Interruptions: 0 };
        KeyValuePair<string, object?>[] tags =
        [
            new(TelemetryNames.System, TelemetryNames.SystemName),
            new(TelemetryNames.OperationName, TelemetryNames.ProcessSpan),
            new(TelemetryNames.OperationType, TelemetryNames.ProcessOperation),
            new(TelemetryNames.Destination, job.Queue),
            new(TelemetryNames.MessageId, job.Id.ToString()),
            new(TelemetryNames.ClientId, worker),
            new(TelemetryNames.JobType, job.Type),
            new(TelemetryNames.JobAttempt, job.Attempt),
        ];
        return Source.StartActivity(
            $"{TelemetryNames.ProcessSpan} {job.Queue}", ActivityKind.Consumer, isFirst && isTraced ? creation : default, tags, isTraced ? [new(creation)] : null);
    }

    /// <summary>Says how an attempt ended.</summary>
    public static void Ended(Activity? span, in Settlement? end)
    {
        if (span is null)
        {
            return;
        }

        var outcome = JobMetrics.Outcome(end?.Kind);
        _ = span.SetTag(TelemetryNames.JobOutcome, outcome);
        if (end is { Kind: SettleKind.Retry or SettleKind.Dead } failed)
        {
            _ = span.SetStatus(ActivityStatusCode.Error, failed.Reason);
            if (span.GetTagItem(TelemetryNames.ErrorType) is null)
            {
                _ = span.SetTag(TelemetryNames.ErrorType, outcome);
            }
        }
    }

    /// <summary>Says what was thrown under a span.</summary>
    public static void Failed(Activity? span, Exception error) =>
        span?.SetStatus(ActivityStatusCode.Error, error.Message).SetTag(TelemetryNames.ErrorType, error.GetType().FullName);

    private static NewJob Mark(NewJob job, string traceParent, string? traceState)
    {
        var headers = new Dictionary<string, string>(job.Settings.Headers ?? JobHeaders.None, StringComparer.Ordinal);
        if (!headers.TryAdd(TelemetryNames.TraceParent, traceParent) || !JobHeaders.Fits(headers))
        {
            return job;
        }

        if (!string.IsNullOrEmpty(traceState))
        {
            headers[TelemetryNames.TraceState] = traceState;
            if (!JobHeaders.Fits(headers))
            {
                _ = headers.Remove(TelemetryNames.TraceState);
            }
        }

        return job with { Settings = job.Settings with { Headers = headers } };
    }

    private static bool TryRead(IReadOnlyDictionary<string, string>? headers, out ActivityContext context)
    {
        context = default;
        return headers is not null && headers.TryGetValue(TelemetryNames.TraceParent, out var parent)
            && ActivityContext.TryParse(parent, headers.GetValueOrDefault(TelemetryNames.TraceState), isRemote: true, out context);
    }
}
