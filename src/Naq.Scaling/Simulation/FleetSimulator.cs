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

    private enum Stage
    {
        Starting,
        Ready,
        Draining,
        Gone,
    }

    private sealed class Worker
    {
        public Stage Stage { get; set; }

        public int Busy { get; set; }

        /// <summary>Its place in the list of ready workers as busy as it.</summary>
        public int Place { get; set; }
    }

    private readonly Random _random = new(seed ^ 0xC01D);
    private readonly PriorityQueue<(Worker Worker, int Job), double> _ends = new();
    private readonly PriorityQueue<Worker, double> _starts = new();
    private readonly List<Worker> _starting = [];
    private readonly List<Worker>[] _ready = [.. Enumerable.Range(0, profile.Concurrency + 1).Select(static _ => new List<Worker>())];
    private readonly float[] _waits = new float[work.Arrivals.Length];
    private double _now;
    private int _arrived;
    private int _started;
    private int _completed;
    private int _late;
    private int _running;
    private int _busyWorkers;
    private int _readyWorkers;
    private int _draining;
    private double _workerSeconds;
    private double _serviceSum;
    private double _serviceSquares;
    private double _longestWait;
    private int _startedBefore;
    private int _desired = profile.Initial;
    private int _mostWorkers;
    private int _outs;
    private int _ins;

    /// <summary>Called after each decision with its time and number.</summary>
    public Action<double, DeciderAnswer>? Decided { get; init; }

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

    public SimulationResult Run(IDecider decider)
    {
        for (var n = 0; n < profile.Initial; n++)
        {
            BecomeReady(new());
        }

        var (end, decideAt) = (work.Seconds + Tail, profile.Interval);
        while (decideAt <= end && (decideAt <= work.Seconds || _completed < work.Arrivals.Length))
        {
            AdvanceTo(decideAt - profile.MetricLag);
            var seen = Sample();
            AdvanceTo(decideAt);
            var answer = decider.Decide(seen with
            {
                T = decideAt,
                Epoch = work.Epoch + decideAt,
                Desired = _desired,
                WorkersStarting = _starting.Count,
                WorkersReady = _readyWorkers,
                WorkersDraining = _draining,
            });
            Apply(Math.Clamp(answer.Desired, profile.Min, profile.Max));
            Decided?.Invoke(decideAt, answer);
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
            var ending = _ends.TryPeek(out _, out var endsAt) ? endsAt : double.MaxValue;
            var start = _starts.TryPeek(out _, out var startsAt) ? startsAt : double.MaxValue;
            var next = Math.Min(arrival, Math.Min(ending, start));
            if (next > until)
            {
                Pass(until);
                return;
            }

            Pass(next);
            if (next == arrival)
            {
                _arrived++;
                Dispatch();
            }
            else if (next == ending)
            {
                End();
            }
            else if (_starts.Dequeue() is { Stage: Stage.Starting } worker)
            {
                _ = _starting.Remove(worker);
                BecomeReady(worker);
                Dispatch();
            }
        }
    }

    /// <summary>Time passes, and is paid for.</summary>
    private void Pass(double to)
    {
        if (to <= _now)
        {
            return;
        }

        var inside = Math.Max(0, Math.Min(to, work.Seconds) - _now);
        _workerSeconds += inside * (_starting.Count + _readyWorkers + _draining);
        _workerSeconds += (to - _now - inside) * _busyWorkers;
        _now = to;
    }

    private void BecomeReady(Worker worker)
    {
        worker.Stage = Stage.Ready;
        _readyWorkers++;
        List(worker);
    }

    private void Dispatch()
    {
        while (_started < _arrived)
        {
            var level = 0;
            while (level < profile.Concurrency && _ready[level].Count == 0)
            {
                level++;
            }

            if (level == profile.Concurrency)
            {
                return;
            }

            var worker = _ready[level][^1];
            var wait = _now - work.Arrivals[_started];
            _waits[_started] = (float)wait;
            _longestWait = Math.Max(_longestWait, wait);
            _late += wait > profile.Goal ? 1 : 0;
            _running++;
            _busyWorkers += worker.Busy == 0 ? 1 : 0;
            Unlist(worker);
            worker.Busy++;
            List(worker);
            _ends.Enqueue((worker, _started), _now + work.Services[_started]);
            _started++;
        }
    }

    private void End()
    {
        var (worker, job) = _ends.Dequeue();
        var service = work.Services[job];
        _completed++;
        _running--;
        _serviceSum += service;
        _serviceSquares += service * service;
        if (worker.Stage == Stage.Ready)
        {
            Unlist(worker);
            worker.Busy--;
            List(worker);
            _busyWorkers -= worker.Busy == 0 ? 1 : 0;
            Dispatch();
            return;
        }

        if (--worker.Busy == 0)
        {
            _busyWorkers--;
            _draining--;
            worker.Stage = Stage.Gone;
        }
    }

    private void Apply(int desired)
    {
        _outs += desired > _desired ? 1 : 0;
        _ins += desired < _desired ? 1 : 0;
        _desired = desired;
        _mostWorkers = Math.Max(_mostWorkers, desired);
        for (var alive = _starting.Count + _readyWorkers; alive < desired; alive++)
        {
            var worker = new Worker();
            _starting.Add(worker);
            _starts.Enqueue(worker, _now + Math.Max(0, Lognormal.Next(_random, profile.ColdStart, profile.ColdStartVariation)));
        }

        for (var alive = _starting.Count + _readyWorkers; alive > desired; alive--)
        {
            Release();
        }
    }

    private void Release()
    {
        if (_starting.Count > 0)
        {
            _starting[^1].Stage = Stage.Gone;
            _starting.RemoveAt(_starting.Count - 1);
            return;
        }

        var level = 0;
        while (_ready[level].Count == 0)
        {
            level++;
        }

        var worker = _ready[level][^1];
        Unlist(worker);
        _readyWorkers--;
        worker.Stage = worker.Busy > 0 ? Stage.Draining : Stage.Gone;
        _draining += worker.Busy > 0 ? 1 : 0;
    }

    private void List(Worker worker)
    {
        var list = _ready[worker.Busy];
        worker.Place = list.Count;
        list.Add(worker);
    }

    private void Unlist(Worker worker)
    {
        var list = _ready[worker.Busy];
        var last = list[^1];
        (list[worker.Place], last.Place) = (last, worker.Place);
        list.RemoveAt(list.Count - 1);
    }

    private DeciderObservation Sample()
    {
        var seen = new DeciderObservation
        {
            SampledAt = _now,
            QueueDepth = _arrived - _started,
            OldestAge = _arrived > _started ? _now - work.Arrivals[_started] : 0,
            InFlight = _running,
            ArrivedTotal = _arrived,
            CompletedTotal = _completed,
            FailedTotal = 0,
            SvcCount = _completed,
            SvcSum = _serviceSum,
            SvcSumsq = _serviceSquares,
            WaitMaxRecent = _longestWait,
            StartedRecent = _started - _startedBefore,
            StartedTotal = _started,
            StartedLateTotal = _late,
        };
        (_longestWait, _startedBefore) = (0, _started);
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
