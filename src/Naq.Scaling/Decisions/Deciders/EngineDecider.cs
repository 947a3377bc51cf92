using Naq.Scaling.Forecasting;
using Naq.Scaling.Observation;
using Naq.Scaling.Pools;

namespace Naq.Scaling.Decisions.Deciders;

/// <summary>The engine behind the observations of somebody else's orchestrator, of the simulator or of a recording.</summary>
internal sealed class EngineDecider : IDecider
{
    /// <summary>A sample that is so much older than samples are, or so many intervals, tells nothing of now: a gap, which holds.</summary>
    private const double StaleSeconds = 60;
    private const double StaleIntervals = 4;

    private readonly PoolConfig _pool;
    private readonly DeciderInit _init;
    private readonly ArrivalHistory _history;
    private PoolState _state = PoolState.Empty;
    private DeciderObservation? _newest;
    private double? _epochOfZero;
    private Decision? _last;

    /// <param name="pool">The pool; its bounds, concurrency and interval are replaced by <paramref name="init"/>'s.</param>
    /// <param name="init">The pool as the caller describes it.</param>
    public EngineDecider(PoolConfig pool, DeciderInit init)
    {
        (_init, _history) = (init, new(init.HistoryBinS, init.HistoryEpoch, init.History));
        _epochOfZero = init.Epoch > 0 ? init.Epoch : null;
        _pool = pool with
        {
            Min = init.MinWorkers,
            Max = init.MaxWorkers,
            Interval = TimeSpan.FromSeconds(init.IntervalS),
            Worker = pool.Worker with { Concurrency = init.Concurrency },
        };

        // Before the beginning nothing had arrived: the first rate is measured from there.
        _state = _state with { Desired = init.InitialWorkers };
        _ = Decide(new()
        {
            Epoch = init.Epoch, SampledAt = -init.MetricLagS, Desired = init.InitialWorkers, WorkersReady = init.InitialWorkers, QueueDepth = 0,
        });
        _last = null;
    }

    /// <summary>The last decision, with all its reasons; null: none was asked for.</summary>
    public Decision? Last => _last;

    public DeciderAnswer Decide(DeciderObservation seen)
    {
        var observation = Observe(seen);
        var (decision, state) = ScalingEngine.Decide(_pool, observation, _history, _state with { Desired = seen.Desired });
        (_state, _last) = (state, decision);
        return new(decision.To, decision.Reasons);
    }

    public void Dispose()
    {
    }

    private PoolObservation Observe(DeciderObservation seen)
    {
        // The calendar is fixed once: a wall clock that jumps later moves no pattern.
        var zero = _epochOfZero ?? seen.Epoch - seen.T;
        _epochOfZero ??= seen.Epoch > 0 ? zero : null;
        var newest = seen is { SampledAt: not null, QueueDepth: not null } ? Newest(seen) : null;
        if (newest is null || seen.T - newest.SampledAt - _init.MetricLagS > Math.Max(StaleSeconds, StaleIntervals * _init.IntervalS))
        {
            var now = Math.Max(seen.T, _state.At);
            return new(now, Reading.Unknown<QueueLoad>("metric gap"), Reading.Known(FleetOf(seen), seen.T)) { Epoch = zero + seen.T };
        }

        seen = newest;
        var sampledAt = seen.SampledAt.GetValueOrDefault();
        var load = new QueueLoad
        {
            Ready = (long)seen.QueueDepth.GetValueOrDefault(),
            InFlight = (long)(seen.InFlight ?? 0),
            OldestAge = seen.OldestAge,
            ArrivedTotal = (long)(seen.ArrivedTotal ?? 0),
            CompletedTotal = (long)(seen.CompletedTotal ?? 0),
            FailedTotal = (long)(seen.FailedTotal ?? 0),
            StartedTotal = (long)(seen.StartedTotal ?? 0),
            StartedLateTotal = (long)(seen.StartedLateTotal ?? 0),
        };

        // Time is the sample's plus the lag: a wall clock or a late caller moves nothing.
        var at = sampledAt + _init.MetricLagS;
        return new(at, Reading.Known(load, sampledAt), Reading.Known(FleetOf(seen), at)) { Epoch = zero + at };

        // A sample that comes late or twice says nothing new; read as the present, its counters would look as if they had begun anew.
        DeciderObservation Newest(DeciderObservation sample)
        {
            if (_newest is { } newest && sample.SampledAt <= newest.SampledAt)
            {
                return newest with
                {
                    Desired = sample.Desired,
                    WorkersStarting = sample.WorkersStarting,
                    WorkersReady = sample.WorkersReady,
                    WorkersDraining = sample.WorkersDraining,
                };
            }

            sample = sample with { ArrivedTotal = sample.ArrivedTotal ?? _newest?.ArrivedTotal ?? 0 };
            _history.Add(zero + sample.SampledAt.GetValueOrDefault(), Math.Max(0, (sample.ArrivedTotal - (_newest?.ArrivedTotal ?? 0)).GetValueOrDefault()));
            return _newest = sample;
        }
    }

    private Fleet FleetOf(DeciderObservation seen) => new()
    {
        Starting = seen.WorkersStarting,
        Ready = seen.WorkersReady,
        Draining = seen.WorkersDraining,
        ServiceCount = (long)(seen.SvcCount ?? 0),
        ServiceSeconds = seen.SvcSum ?? 0,
        ServiceSecondsSquared = seen.SvcSumsq ?? 0,
        ColdStartSeconds = _init.ColdStartS,
    };
}
