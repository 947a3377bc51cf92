using Naq.Brokers;
using Naq.Cluster;

namespace Naq.Cli.Output;

/// <summary>A worker, as <c>naq workers list</c> prints it.</summary>
internal sealed record WorkerDocument(string Name, string Host, int Pid, string State)
{
    public required string? Pool { get; init; }

    public required string? Replica { get; init; }

    public required IReadOnlyList<string> Queues { get; init; }

    public required int Concurrency { get; init; }

    public required int Busy { get; init; }

    public required long Succeeded { get; init; }

    public required long Failed { get; init; }

    public required long MemoryBytes { get; init; }

    public required double CpuSeconds { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    public required DateTimeOffset SeenAt { get; init; }

    public static View<WorkerDocument> View { get; } = new(
        DocumentJson.Default.WorkerDocument,
        Cell.Text<WorkerDocument>("worker", static w => w.Name),
        Cell.Text<WorkerDocument>("state", static w => w.State),
        Cell.Text<WorkerDocument>("pool", static w => w.Pool),
        Cell.Text<WorkerDocument>("queues", static w => string.Join(' ', w.Queues)),
        Cell.Text<WorkerDocument>("busy", static w => $"{w.Busy}/{w.Concurrency}"),
        Cell.Number<WorkerDocument>("succeeded", static w => w.Succeeded),
        Cell.Number<WorkerDocument>("failed", static w => w.Failed),
        Cell.Bytes<WorkerDocument>("memory", static w => w.MemoryBytes),
        Cell.Time<WorkerDocument>("started", static w => w.StartedAt));

    public static WorkerDocument Of(WorkerRecord worker) => new(worker.Name, worker.Host, worker.Pid, Parsing.Choice.NameOf(worker.State))
    {
        Pool = worker.Pool,
        Replica = worker.Replica,
        Queues = worker.Queues,
        Concurrency = worker.Concurrency,
        Busy = worker.Busy,
        Succeeded = worker.Succeeded,
        Failed = worker.Failed,
        MemoryBytes = worker.MemoryBytes,
        CpuSeconds = worker.CpuSeconds,
        StartedAt = worker.StartedAt,
        SeenAt = worker.SeenAt,
    };
}

/// <summary>What was asked of one worker.</summary>
internal sealed record WorkerAnswer(string Name, string Asked)
{
    public static View<WorkerAnswer> View { get; } = new(
        DocumentJson.Default.WorkerAnswer,
        Cell.Text<WorkerAnswer>("worker", static a => a.Name),
        Cell.Text<WorkerAnswer>("asked to", static a => a.Asked));
}

/// <summary>A finding, as <c>naq doctor</c> prints it.</summary>
internal sealed record FindingDocument(string Check, string Severity, string Text)
{
    public static View<FindingDocument> View { get; } = new(
        DocumentJson.Default.FindingDocument,
        Cell.Text<FindingDocument>("check", static f => f.Check),
        Cell.Text<FindingDocument>("severity", static f => f.Severity),
        Cell.Text<FindingDocument>("finding", static f => f.Text));

    public static FindingDocument Of(Finding finding) => new(finding.Check, Parsing.Choice.NameOf(finding.Severity), finding.Text);
}
