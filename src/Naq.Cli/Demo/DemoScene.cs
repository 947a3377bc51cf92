using System.Collections.Immutable;
using Naq.Brokers;
using Naq.Scaling.Decisions;
using Naq.Scaling.Observation;

namespace Naq.Cli.Demo;

/// <summary>What the demo shows at one moment.</summary>
internal sealed record DemoFrame
{
    /// <summary>Since the first arrival.</summary>
    public TimeSpan Elapsed { get; init; }

    public int Enqueued { get; init; }

    public double ArrivalsPerSecond { get; init; }

    public QueueCounts Queue { get; init; } = new(DemoRun.Queue);

    public Fleet? Fleet { get; init; }

    /// <summary>The last changes, newest first.</summary>
    public ImmutableArray<Decision> Changes { get; init; } = [];
}

/// <summary>Gathers frames and counts decisions. Written by the demo and the autoscaler, read by the view.</summary>
internal sealed class DemoScene
{
    private const int ShownChanges = 5;
    private const double Smoothing = 0.2;

    private readonly Lock _lock = new(); // guards all below
    private DemoFrame _frame = new();
    private bool _hasBegun;
    private int _outs;
    private int _ins;
    private int _most;

    public DemoFrame Frame => Locked(() => _frame);

    public int ScaleOuts => Locked(() => _outs);

    public int ScaleIns => Locked(() => _ins);

    /// <summary>The most workers that were there at a decision, those that drain not counted.</summary>
    public int WorkersMax => Locked(() => _most);

    /// <summary>The first arrival comes now: scaling counts from here.</summary>
    public void Begin() => Locked(() => _hasBegun = true);

    public void Decided(Decision decision) => Locked(() =>
    {
        var fleet = decision.Observation.Fleet.Value;
        _most = Math.Max(_most, fleet?.Alive ?? 0);
        _outs += _hasBegun && decision.To > decision.From ? 1 : 0;
        _ins += _hasBegun && decision.To < decision.From ? 1 : 0;
        var changes = decision.IsChange ? [decision, .. _frame.Changes.Take(ShownChanges - 1)] : _frame.Changes;
        _frame = _frame with { Fleet = fleet ?? _frame.Fleet, Changes = changes };
        return 0;
    });

    public void See(TimeSpan elapsed, int enqueued, QueueCounts queue) => Locked(() =>
    {
        var seconds = (elapsed - _frame.Elapsed).TotalSeconds;
        var rate = seconds > 0 ? (enqueued - _frame.Enqueued) / seconds : 0;
        _frame = _frame with
        {
            Elapsed = elapsed,
            Enqueued = enqueued,
            ArrivalsPerSecond = _frame.ArrivalsPerSecond + (Smoothing * (rate - _frame.ArrivalsPerSecond)),
            Queue = queue,
        };
        return 0;
    });

    private T Locked<T>(Func<T> body)
    {
        lock (_lock)
        {
            return body();
        }
    }
}
