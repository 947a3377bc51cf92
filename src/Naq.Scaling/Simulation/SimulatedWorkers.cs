namespace Naq.Scaling.Simulation;

/// <summary>The workers of a simulated pool, by what they do; the ready ones by how busy they are, so that each step costs the same in any fleet.</summary>
internal sealed class SimulatedWorkers(int concurrency)
{
    private readonly List<SimulatedWorker>[] _ready = [.. Enumerable.Range(0, concurrency + 1).Select(static _ => new List<SimulatedWorker>())];
    private readonly List<SimulatedWorker> _starting = [];

    public int Starting => _starting.Count;

    public int Ready { get; private set; }

    public int Draining { get; private set; }

    /// <summary>Ready or draining workers that run something.</summary>
    public int Busy { get; private set; }

    /// <summary>Starting and ready workers.</summary>
    public int Alive => Starting + Ready;

    public SimulatedWorker Start()
    {
        var worker = new SimulatedWorker();
        _starting.Add(worker);
        return worker;
    }

    /// <summary>A worker that still starts becomes ready; false: it was released before.</summary>
    public bool TryBecomeReady(SimulatedWorker worker)
    {
        if (worker.Stage != WorkerStage.Starting || !_starting.Remove(worker))
        {
            return false;
        }

        worker.Stage = WorkerStage.Ready;
        Ready++;
        List(worker);
        return true;
    }

    /// <summary>Fills a slot of the least busy worker; null: none is free.</summary>
    public SimulatedWorker? Take()
    {
        for (var level = 0; level < concurrency; level++)
        {
            if (_ready[level] is [.., var worker])
            {
                Unlist(worker);
                Busy += worker.Busy++ == 0 ? 1 : 0;
                List(worker);
                return worker;
            }
        }

        return null;
    }

    /// <summary>Frees a slot. A draining worker leaves with its last job.</summary>
    public void Free(SimulatedWorker worker)
    {
        if (worker.Stage == WorkerStage.Ready)
        {
            Unlist(worker);
            Busy -= --worker.Busy == 0 ? 1 : 0;
            List(worker);
        }
        else if (--worker.Busy == 0)
        {
            Busy--;
            Draining--;
            worker.Stage = WorkerStage.Gone;
        }
    }

    /// <summary>Lets one go: the newest that starts, else the least busy, which drains.</summary>
    public void Release()
    {
        if (_starting.Count > 0)
        {
            _starting[^1].Stage = WorkerStage.Gone;
            _starting.RemoveAt(_starting.Count - 1);
            return;
        }

        var worker = _ready.First(static level => level.Count > 0)[^1];
        Unlist(worker);
        Ready--;
        worker.Stage = worker.Busy > 0 ? WorkerStage.Draining : WorkerStage.Gone;
        Draining += worker.Busy > 0 ? 1 : 0;
    }

    /// <summary>A ready worker dies with what it runs; false: it was not ready.</summary>
    public bool TryCrash(SimulatedWorker worker)
    {
        if (worker.Stage != WorkerStage.Ready)
        {
            return false;
        }

        Unlist(worker);
        Ready--;
        Busy -= worker.Busy > 0 ? 1 : 0;
        worker.Stage = WorkerStage.Gone;
        return true;
    }

    private void List(SimulatedWorker worker)
    {
        var list = _ready[worker.Busy];
        worker.Place = list.Count;
        list.Add(worker);
    }

    private void Unlist(SimulatedWorker worker)
    {
        var list = _ready[worker.Busy];
        var last = list[^1];
        (list[worker.Place], last.Place) = (last, worker.Place);
        list.RemoveAt(list.Count - 1);
    }
}

internal enum WorkerStage
{
    Starting,
    Ready,
    Draining,
    Gone,
}

internal sealed class SimulatedWorker
{
    public WorkerStage Stage { get; set; }

    public int Busy { get; set; }

    /// <summary>Its place in the list of ready workers as busy as it.</summary>
    public int Place { get; set; }
}
