namespace Naq;

/// <summary>What to tell a telemetry library to listen to.</summary>
public static class NaqTelemetry
{
    /// <summary>The name of the source of spans: <c>AddSource(NaqTelemetry.SourceName)</c>.</summary>
    public const string SourceName = "Naq";

    /// <summary>The name of the meter: <c>AddMeter(NaqTelemetry.MeterName)</c>.</summary>
    public const string MeterName = "Naq";
}

/// <summary>Every name of spans and metrics. Dashboards and alerts hang on them: none changes, none says which job.</summary>
internal static class TelemetryNames
{
    public const string JobsEnqueued = "naq.jobs.enqueued";
    public const string JobsCompleted = "naq.jobs.completed";
    public const string JobDuration = "naq.job.duration";
    public const string JobWait = "naq.job.wait";
    public const string WorkerSlots = "naq.worker.slots";
    public const string WorkerCpu = "naq.worker.cpu";
    public const string WorkerMemory = "naq.worker.memory";

    public const string DesiredWorkers = "naq.scaling.desired_workers";
    public const string ScalingDecisions = "naq.scaling.decisions";

    public const string Queue = "queue";
    public const string Type = "type";
    public const string Outcome = "outcome";

    public const string Pool = "pool";
    public const string Direction = "direction";

    public const string Out = "out";
    public const string In = "in";
    public const string Succeeded = "succeeded";
    public const string Failed = "failed";
    public const string Dead = "dead";
    public const string Snoozed = "snoozed";
    public const string HandedBack = "handed_back";
    public const string Cancelled = "cancelled";
    public const string Lost = "lost";

    public const string EnqueueSpan = "enqueue";
    public const string ProcessSpan = "process";
    public const string TraceParent = "traceparent";
    public const string TraceState = "tracestate";

    public const string System = "messaging.system";
    public const string SystemName = "naq";
    public const string OperationName = "messaging.operation.name";
    public const string OperationType = "messaging.operation.type";
    public const string SendOperation = "send";
    public const string ProcessOperation = "process";
    public const string Destination = "messaging.destination.name";
    public const string MessageId = "messaging.message.id";
    public const string BatchCount = "messaging.batch.message_count";
    public const string ClientId = "messaging.client.id";
    public const string ErrorType = "error.type";
    public const string JobType = "naq.job.type";
    public const string JobAttempt = "naq.job.attempt";
    public const string JobOutcome = "naq.job.outcome";
}
