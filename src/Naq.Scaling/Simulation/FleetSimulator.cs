using Naq.Scaling.Decisions.Deciders;

namespace Naq.Scaling.Simulation;

/// <summary>Plays a workload against a decider in virtual time: workers start cold, take jobs first in first out, and drain when released.</summary>
/// <remarks>
/// Discrete events; deterministic for a seed. A decision sees metrics of a metric lag ago, and the workers as they are. Released workers
/// are those that start (the newest first), then the least busy. A job goes to the least busy worker. After the window one hour more is
/// played, in which only busy workers are paid.
/// </remarks>
internal sealed class FleetSimulator(SimulationProfile profile, Workload work, int seed)
{
    private const double Tail = 3600;

    private readonly Random _random = new(seed ^ 0xC01D);
    private readonly Random _faultRandom = new(seed ^ 0xFA17);
    private readonly PriorityQueue<(SimulatedWorker Worker, int Job, double Seconds), double> _ends = new();
    private readonly PriorityQueue<SimulatedWorker, double> _starts = new();
    private readonly PriorityQueue<SimulatedWorker, double> _crashes = new();
    private readonly PriorityQueue<int, double> _retries = new();
    private readonly Queue<int> _again = new();
    private readonly SimulatedWorkers _workers = new(profile.Concurrency);
    private readonly float[] _waits = new float[work.Arrivals.Length];
    private double _now;
    private int _arrived;
    private int _started;
    private int _attempts;
    private int _returned;
    private int _completed;
    private int _failed;
    private int _late;
    private int _running;
    private double _workerSeconds;
    private double _serviceSum;
    private double _serviceSquares;
    private double _longestWait;
    private int _attemptsBefore;
    private int _desired = profile.Initial;
    private int _mostWorkers;
    private int _outs;
    private int _ins;

    /// <summary>What goes wrong.</summary>
    public FaultPlan Faults { get; init; } = FaultPlan.None;

    /// <summary>Called after each decision with its time, what it saw and what it said.</summary>
    public Action<DeciderObservation, DeciderAnswer>? Decided { get; init; }

    /// <summary>What a decider is told at the beginning.</summary>
    public DeciderInit Init => new()
    {
        ColdStartS = profile.ColdStart,
        SloWaitS = profile.Goal,
        SloTarget = profile.Share,
        IntervalS = profile.Interval,
        MetricLagS = profile.MetricLag,
        Concurrency = profile.Concurrency,
        MinWorkers = profile.Min,
        MaxWorkers = profile.Max,
        InitialWorkers = profile.Initial,
        Epoch = work.Epoch,
        HistoryBinS = work.HistoryBin,
        HistoryEpoch = work.Epoch - (work.History.Count * work.HistoryBin),
        History = work.History,
    };

    private int Waiting => _arrived - _started + _again.Count;

    public SimulationResult Run(IDecider decider)
    {
        for (var n = 0; n < profile.Initial; n++)
        {
            BecomeReady(_workers.Start());
        }

        var (end, decideAt, metrics) = (work.Seconds + Tail, profile.Interval, new DisturbedMetrics(Faults));
        while (decideAt <= end && (decideAt <= work.Seconds || _completed < work.Arrivals.Length))
        {
            AdvanceTo(decideAt - profile.MetricLag);
            var seen = Sample();
            AdvanceTo(decideAt);
            seen = metrics.Show(seen with
            {
                T = decideAt,
                Epoch = work.Epoch + decideAt,
                Desired = _desired,
                WorkersStarting = _workers.Starting,
                WorkersReady = _workers.Ready,
                WorkersDraining = _workers.Draining,
            });
            var answer = decider.Decide(seen);
            Apply(Math.Clamp(answer.Desired, profile.Min, profile.Max));
            Decided?.Invoke(seen, answer);
            decideAt += profile.Interval;
        }

        AdvanceTo(end);
        return Sum();
    }

    private void AdvanceTo(double until)
    {
        while (true)
        {
            var arrival = _arrived < work.Arrivals.Length ? work.Arrivals[_arrived] : double.MaxValue;
            var (ending, start, crash, retry) = (At(_ends), At(_starts), At(_crashes), At(_retries));
            var next = Math.Min(Math.Min(arrival, Math.Min(ending, start)), Math.Min(crash, retry));
            Pass(Math.Min(next, until));
            if (next > until)
            {
                return;
            }

            if (next == arrival)
            {
                _arrived++;
            }
            else if (next == ending)
            {
                End();
            }
            else if (next == start)
            {
                BecomeReady(_starts.Dequeue());
            }
            else if (next == crash)
            {
                Crash(_crashes.Dequeue());
            }
            else
            {
                _again.Enqueue(_retries.Dequeue());
                _returned++;
            }

            Dispatch();
        }
    }

    private static double At<T>(PriorityQueue<T, double> events) => events.TryPeek(out _, out var at) ? at : double.MaxValue;

    /// <summary>Time passes, and is paid for.</summary>
    private void Pass(double to)
    {
        if (to <= _now)
        {
            return;
        }

        var inside = Math.Max(0, Math.Min(to, work.Seconds) - _now);
        _workerSeconds += inside * (_workers.Alive + _workers.Draining);
        _workerSeconds += (to - _now - inside) * _workers.Busy;
        _now = to;
    }

    private void BecomeReady(SimulatedWorker worker)
    {
        if (_workers.TryBecomeReady(worker) && Faults.MeanLife > 0)
        {
            _crashes.Enqueue(worker, _now - (Faults.MeanLife * Math.Log(1 - _faultRandom.NextDouble())));
        }
    }

    private void Dispatch()
    {
        while (Waiting > 0 && !FaultPlan.IsIn(Faults.Paused, _now) && _workers.Take() is { } worker)
        {
            var isAgain = _again.TryDequeue(out var again);
            var job = isAgain ? again : _started++;
            if (!isAgain)
            {
                var wait = _now - work.Arrivals[job];
                _waits[job] = (float)wait;
                _longestWait = Math.Max(_longestWait, wait);
                _late += wait > profile.Goal ? 1 : 0;
            }

            _attempts++;
            _running++;
            var seconds = Faults.Service(_now, work.Services[job], _running);
            _ends.Enqueue((worker, job, seconds), _now + seconds);
        }
    }

    private void End()
    {
        var (worker, job, service) = _ends.Dequeue();
        if (worker.Stage == WorkerStage.Gone)
        {
            return; // it crashed, and its jobs are elsewhere
        }

        _running--;
        _serviceSum += service;
        _serviceSquares += service * service;
        _workers.Free(worker);
        if (Faults.FailShare > 0 && _faultRandom.NextDouble() < Faults.FailShare)
        {
            _failed++;
            _retries.Enqueue(job, _now + Faults.RetryAfter);
            return;
        }

        _completed++;
    }

    private void Crash(SimulatedWorker worker)
    {
        if (!_workers.TryCrash(worker))
        {
            return;
        }

        foreach (var (element, _) in _ends.UnorderedItems)
        {
            if (element.Worker == worker)
            {
                _again.Enqueue(element.Job);
                _returned++;
                _running--;
            }
        }
    }

    private void Apply(int desired)
    {
        _outs += desired > _desired ? 1 : 0;
        _ins += desired < _desired ? 1 : 0;
        _desired = desired;
        _mostWorkers = Math.Max(_mostWorkers, desired);
        for (var granted = Faults.Grant(_now, _workers.Alive, desired); granted > 0; granted--)
        {
            var cold = Lognormal.Next(_random, profile.ColdStart, profile.ColdStartVariation) * Faults.ColdStartFactor;
            _starts.Enqueue(_workers.Start(), _now + Math.Max(0, cold));
        }

        while (_workers.Alive > desired)
        {
            _workers.Release();
        }
    }

    private DeciderObservation Sample()
    {
        var isPaused = FaultPlan.IsIn(Faults.Paused, _now);
        var seen = new DeciderObservation
        {
            SampledAt = _now,
            QueueDepth = isPaused ? 0 : Waiting,
            OldestAge = _arrived > _started && !isPaused ? _now - work.Arrivals[_started] : 0,
            InFlight = _running,
            ArrivedTotal = _arrived + _returned,
            CompletedTotal = _completed + _failed,
            FailedTotal = _failed,
            SvcCount = _completed + _failed,
            SvcSum = _serviceSum,
            SvcSumsq = _serviceSquares,
            WaitMaxRecent = _longestWait,
            StartedRecent = _attempts - _attemptsBefore,
            StartedTotal = _attempts,
            StartedLateTotal = _late,
        };
        (_longestWait, _attemptsBefore) = (0, _attempts);
        return seen;
    }

    private SimulationResult Sum()
    {
        var waits = _waits.AsSpan(0, _started).ToArray();
        Array.Sort(waits);
        return new()
        {
            Jobs = work.Arrivals.Length,
            Late = _late + (work.Arrivals.Length - _started),
            WorkerSeconds = _workerSeconds,
            Floor = Math.Max(work.TotalService / profile.Concurrency, work.Seconds * profile.Min),
            ScaleOuts = _outs,
            ScaleIns = _ins,
            MostWorkers = _mostWorkers,
            Seconds = work.Seconds,
            Waits = waits,
        };
    }
}
