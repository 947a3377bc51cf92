using System.Diagnostics.Metrics;
using Naq.Scaling.Decisions;
using Naq.Telemetry;

namespace Naq.Scaling;

/// <summary>What an autoscaler counts of its decisions, while it leads.</summary>
internal sealed class ScalingMetrics
{
    private readonly Gauge<int> _desired;
    private readonly Counter<long> _decisions;

    public ScalingMetrics(IMeterFactory? factory)
    {
        var options = new MeterOptions(NaqTelemetry.MeterName) { Version = JobTracing.Version };
        var meter = factory?.Create(options) ?? new Meter(options);
        _desired = meter.CreateGauge<int>(TelemetryNames.DesiredWorkers, "{worker}", "Workers that the pool shall have.");
        _decisions = meter.CreateCounter<long>(TelemetryNames.ScalingDecisions, "{decision}", "Decisions that changed the number of workers.");
    }

    public void Decided(Decision decision)
    {
        _desired.Record(decision.To, new KeyValuePair<string, object?>(TelemetryNames.Pool, decision.Pool));
        if (decision.IsChange)
        {
            _decisions.Add(1, new(TelemetryNames.Pool, decision.Pool), new(TelemetryNames.Direction, decision.To > decision.From ? TelemetryNames.Out : TelemetryNames.In));
        }
    }
}
