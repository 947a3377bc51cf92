using Naq.Scaling.Decisions;
using Naq.Scaling.Observation;
using Naq.Scaling.Pools;

namespace Naq.Scaling.Tests.Simulation;

/// <summary>Plays arrivals against <see cref="ScalingEngine.Decide"/> in virtual time: workers start cold, pull first in first out, drain when released.</summary>
internal sealed class FleetSimulation(PoolConfig config, double[] arrivals, int seed)
{
    private sealed class Worker(double launchedAt)
    {
        public double LaunchedAt { get; } = launchedAt;

        public bool IsReady { get; set; }

        public bool IsDraining { get; set; }

        public bool IsGone { get; set; }

        public int Busy { get; set; }
    }

    private readonly PriorityQueue<Action, (double At, long Order)> _events = new();
    private readonly Random _random = new(seed);
    private readonly List<Worker> _workers = [];
    private readonly Queue<double> _waiting = new();
    private readonly SimulationResult _result = new();
    private long _order;
    private double _now;
    private long _arrived;
    private long _completed;
    private double _serviceSeconds;
    private int _running;
    private PoolState _state = PoolState.Empty;
    private PoolObservation? _sample;

    public double Interval { get; init; } = 1;

    public double ColdStart { get; init; } = 1;

    public double MetricLag { get; init; } = 0.2;

    public double Slo { get; init; } = 2;

    /// <summary>Seconds that a job holds its slot, from a draw within [0, 1).</summary>
    public Func<double, double> Service { get; init; } = static u => 0.04 + (0.004 * u);

    public SimulationResult Run()
    {
        _state = _state with { Desired = config.Min };
        Apply(config.Min);
        At(arrivals[0], () => Arrive(0));
        At(Interval, Tick);
        var end = arrivals[^1] + 2;
        while (_events.TryDequeue(out var happen, out var when) && when.At < end)
        {
            _now = when.At;
            happen();
        }

        _result.WorkerSeconds += _workers.Where(static w => !w.IsGone).Sum(w => end - w.LaunchedAt);
        _result.Jobs = arrivals.Length;
        _result.Started = arrivals.Length - _waiting.Count;
        return _result;
    }

    private void At(double time, Action happen) => _events.Enqueue(happen, (time, _order++));

    private void Arrive(int index)
    {
        _arrived++;
        _waiting.Enqueue(_now);
        Dispatch();
        if (index + 1 < arrivals.Length)
        {
            At(arrivals[index + 1], () => Arrive(index + 1));
        }
    }

    private void Dispatch()
    {
        while (_waiting.Count > 0 && _workers.Find(w => w is { IsReady: true, IsDraining: false } && w.Busy < config.Worker.Concurrency) is { } worker)
        {
            var wait = _now - _waiting.Dequeue();
            _result.Late += wait > Slo ? 1 : 0;
            worker.Busy++;
            _running++;
            var service = Service(_random.NextDouble());
            At(_now + service, () => Complete(worker, service));
        }
    }

    private void Complete(Worker worker, double service)
    {
        worker.Busy--;
        _running--;
        _completed++;
        _serviceSeconds += service;
        Leave(worker);
        Dispatch();
    }

    private void Tick()
    {
        At(_now + Interval - MetricLag, () => _sample = Observe());
        At(_now + Interval, Tick);
        var observation = (_sample ?? Observe()) with { At = _now };
        var (decision, state) = ScalingEngine.Decide(config, observation, _state);
        _state = state;
        _result.Note(_now, decision);
        Apply(decision.To);
    }

    private PoolObservation Observe()
    {
        var load = new QueueLoad
        {
            Ready = _waiting.Count, InFlight = _running, ArrivedTotal = _arrived, CompletedTotal = _completed,
            OldestAge = _waiting.Count > 0 ? _now - _waiting.Peek() : null,
        };
        var fleet = new Fleet
        {
            Starting = _workers.Count(static w => w is { IsReady: false, IsGone: false, IsDraining: false }),
            Ready = _workers.Count(static w => w is { IsReady: true, IsDraining: false }),
            ServiceCount = _completed, ServiceSeconds = _serviceSeconds, ColdStartSeconds = ColdStart,
        };
        return new(_now, Reading.Known(load, _now), Reading.Known(fleet, _now));
    }

    private void Apply(int desired)
    {
        var alive = _workers.Where(static w => w is { IsDraining: false, IsGone: false }).ToList();
        for (var n = alive.Count; n < desired; n++)
        {
            var worker = new Worker(_now);
            _workers.Add(worker);
            At(_now + (ColdStart * (0.85 + (0.3 * _random.NextDouble()))), () => BecomeReady(worker));
        }

        foreach (var worker in alive.OrderBy(static w => w.Busy).ThenByDescending(static w => w.LaunchedAt).Take(Math.Max(0, alive.Count - desired)))
        {
            worker.IsDraining = true;
            Leave(worker);
        }
    }

    private void BecomeReady(Worker worker)
    {
        worker.IsReady = true;
        Dispatch();
    }

    private void Leave(Worker worker)
    {
        if (worker is { IsDraining: true, Busy: 0, IsGone: false })
        {
            worker.IsGone = true;
            _result.WorkerSeconds += _now - worker.LaunchedAt;
        }
    }
}

/// <summary>What a run came to.</summary>
internal sealed class SimulationResult
{
    public int Jobs { get; set; }

    public int Started { get; set; }

    public int Late { get; set; }

    public double LatePercent => 100.0 * (Late + Jobs - Started) / Jobs;

    public double WorkerSeconds { get; set; }

    public int ScaleOuts { get; private set; }

    public int ScaleIns { get; private set; }

    public int MostWorkers { get; private set; }

    public List<(double At, Decision Decision)> Changes { get; } = [];

    public void Note(double at, Decision decision)
    {
        ScaleOuts += decision.To > decision.From ? 1 : 0;
        ScaleIns += decision.To < decision.From ? 1 : 0;
        MostWorkers = Math.Max(MostWorkers, decision.To);
        if (decision.IsChange)
        {
            Changes.Add((at, decision));
        }
    }
}
