using Naq.Scaling.Decisions.Deciders;

namespace Naq.Scaling.Simulation.Baselines;

/// <summary>Knative's pod autoscaler (KPA): average concurrency over 60 s, and over 6 s in a panic.</summary>
/// <remarks>
/// After serving/pkg/autoscaler/scaling/autoscaler.go and its default configuration: panic where the short window asks for twice what is
/// ready, for 60 s, in which it does not shrink; at most 1,000 times up and by half down at a time. Jobs that wait count as concurrency, as
/// those in the activator do. The short window is the last sample, as a sample is older than that.
/// </remarks>
/// <param name="init">The pool.</param>
/// <param name="utilization">The share of a worker's slots aimed at.</param>
internal sealed class KnativeBaseline(DeciderInit init, double utilization) : IDecider
{
    private const double StableWindow = 60;
    private const double PanicThreshold = 2;
    private const double MaxScaleUp = 1000;
    private const double MaxScaleDown = 2;

    private readonly Queue<(double At, double Jobs)> _window = new();
    private double _panicUntil = double.MinValue;
    private int _panicMost;

    public DeciderAnswer Decide(DeciderObservation seen)
    {
        if (seen.QueueDepth is not { } depth)
        {
            return new(seen.Desired, ["metric_gap"]);
        }

        var (jobs, ready) = (depth + (seen.InFlight ?? 0), Math.Max(1, seen.WorkersReady));
        _window.Enqueue((seen.T, jobs));
        while (_window.Peek().At <= seen.T - StableWindow)
        {
            _ = _window.Dequeue();
        }

        var target = utilization * init.Concurrency;
        var (most, least) = (Math.Ceiling(MaxScaleUp * ready), Math.Floor(ready / MaxScaleDown));
        var stable = (int)Math.Clamp(Math.Ceiling(_window.Average(static w => w.Jobs) / target), least, most);
        var panic = (int)Math.Clamp(Math.Ceiling(jobs / target), least, most);
        if (Math.Ceiling(jobs / target) / ready >= PanicThreshold)
        {
            _panicUntil = seen.T + StableWindow;
        }

        var isPanic = seen.T < _panicUntil;
        _panicMost = isPanic ? Math.Max(_panicMost, panic) : 0;
        return new(Math.Clamp(isPanic ? Math.Max(_panicMost, stable) : stable, init.MinWorkers, init.MaxWorkers), [isPanic ? "panic" : "occupancy"]);
    }

    public void Dispose()
    {
    }
}
