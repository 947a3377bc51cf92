using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Naq.Brokers;

namespace Naq.Telemetry;

/// <summary>The instruments of a program that enqueues or runs jobs. Costs a look at a flag where nobody listens.</summary>
/// <remarks>The label <c>type</c> of jobs that run is one that has a handler here: whoever enqueues cannot make up new ones.</remarks>
internal sealed class JobMetrics
{
    private static readonly double[] Seconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600];

    /// <summary>For who has no container.</summary>
    private static readonly JobMetrics Shared = new(null);

    private readonly Meter _meter;
    private readonly Counter<long> _enqueued;
    private readonly Counter<long> _completed;
    private readonly Histogram<double> _duration;
    private readonly Histogram<double> _wait;
    private readonly UpDownCounter<long> _slots;
    private int _isProcessObserved;

    public JobMetrics(IMeterFactory? factory)
    {
        var options = new MeterOptions(NaqTelemetry.MeterName) { Version = JobTracing.Version };
        _meter = factory?.Create(options) ?? new Meter(options);
        var buckets = new InstrumentAdvice<double> { HistogramBucketBoundaries = Seconds };
        _enqueued = _meter.CreateCounter<long>(TelemetryNames.JobsEnqueued, "{job}", "Jobs stored by this program.");
        _completed = _meter.CreateCounter<long>(TelemetryNames.JobsCompleted, "{job}", "Attempts that ended here, by outcome.");
        _duration = _meter.CreateHistogram(TelemetryNames.JobDuration, "s", "How long attempts ran.", tags: null, buckets);
        _wait = _meter.CreateHistogram(TelemetryNames.JobWait, "s", "How long jobs were ready before an attempt began.", tags: null, buckets);
        _slots = _meter.CreateUpDownCounter<long>(TelemetryNames.WorkerSlots, "{slot}", "Jobs that the workers of this process may run at once.");
    }

    /// <summary>Whether anybody counts what is enqueued.</summary>
    public bool CountsEnqueued => _enqueued.Enabled;

    /// <summary>The program's instruments, or the process's where it has no container.</summary>
    public static JobMetrics Of(IServiceProvider? services) => services?.GetService<JobMetrics>() ?? Shared;

    public void Enqueued(IReadOnlyList<NewJob> jobs, IReadOnlyList<EnqueueResult> results)
    {
        if (!_enqueued.Enabled)
        {
            return;
        }

        for (var i = 0; i < jobs.Count; i++)
        {
            if (results[i].Status == EnqueueStatus.Accepted)
            {
                _enqueued.Add(1, new(TelemetryNames.Queue, jobs[i].Queue), new(TelemetryNames.Type, jobs[i].Type));
            }
        }
    }

    public void Started(ClaimedJob job, TimeSpan wait)
    {
        if (_wait.Enabled)
        {
            _wait.Record(Math.Max(0, wait.TotalSeconds), new(TelemetryNames.Queue, job.Queue), new(TelemetryNames.Type, job.Type));
        }
    }

    public void Ended(ClaimedJob job, TimeSpan service, SettleKind? end)
    {
        if (_duration.Enabled)
        {
            _duration.Record(service.TotalSeconds, new(TelemetryNames.Queue, job.Queue), new(TelemetryNames.Type, job.Type));
        }

        if (_completed.Enabled)
        {
            _completed.Add(1, new(TelemetryNames.Queue, job.Queue), new(TelemetryNames.Type, job.Type), new(TelemetryNames.Outcome, Outcome(end)));
        }
    }

    /// <summary>A worker of this process begins to claim. The first one has the process itself measured.</summary>
    public void WorkerBegins(int slots)
    {
        _slots.Add(slots);
        if (Interlocked.Exchange(ref _isProcessObserved, 1) == 0)
        {
            _ = _meter.CreateObservableCounter(
                TelemetryNames.WorkerCpu, static () => Environment.CpuUsage.TotalTime.TotalSeconds, "s", "Processor time of this worker process.");
            _ = _meter.CreateObservableUpDownCounter(TelemetryNames.WorkerMemory, static () => Environment.WorkingSet, "By", "Resident set of this worker process.");
        }
    }

    public void WorkerEnds(int slots) => _slots.Add(-slots);

    /// <summary>What an attempt came to, as metrics and spans call it; null: its lease was lost.</summary>
    public static string Outcome(SettleKind? end) => end is { } kind ? Outcome(kind) : TelemetryNames.Lost;

    private static string Outcome(SettleKind end) => end switch
    {
        SettleKind.Succeed => TelemetryNames.Succeeded,
        SettleKind.Retry => TelemetryNames.Failed,
        SettleKind.Snooze => TelemetryNames.Snoozed,
        SettleKind.HandBack => TelemetryNames.HandedBack,
        SettleKind.Dead => TelemetryNames.Dead,
        SettleKind.Cancelled => TelemetryNames.Cancelled,
    };
}
