using Naq.Scaling.Decisions.Deciders;

namespace Naq.Scaling.Simulation.Baselines;

/// <summary>Kubernetes' HorizontalPodAutoscaler v2 on an external metric with an average value, as KEDA drives it too.</summary>
/// <remarks>
/// After the replica calculator (<c>GetExternalPerPodMetricReplicas</c>: ceil(metric / target), tolerance 0.1 of what the present number is
/// for) and the behaviour of the autoscaling/v2 API: up at most the larger of 100 % and 4 pods per 15 s, down at most 100 % per 15 s and
/// never below the highest wish of the stabilisation window. It decides at every interval of the profile, never less often than its own 15 s.
/// </remarks>
/// <param name="init">The pool.</param>
/// <param name="target">Jobs per worker.</param>
/// <param name="isDepthOnly">Only waiting jobs count, not running ones.</param>
/// <param name="behavior">How fast.</param>
internal sealed class HpaBaseline(DeciderInit init, double target, bool isDepthOnly, HpaBehavior behavior) : IDecider
{
    private const double Tolerance = 0.1;

    private readonly Queue<(double At, int Workers)> _wishes = new();
    private readonly Queue<(double At, int Change)> _changes = new();

    public DeciderAnswer Decide(DeciderObservation seen)
    {
        if (seen.QueueDepth is not { } depth)
        {
            return new(seen.Desired, ["metric_gap"]);
        }

        var jobs = depth + (isDepthOnly ? 0 : seen.InFlight ?? 0);
        var isClose = seen.Desired > 0 && Math.Abs((jobs / (target * seen.Desired)) - 1) <= Tolerance;
        var wish = isClose ? seen.Desired : (int)Math.Ceiling(jobs / target);
        var desired = Math.Clamp(Behave(seen.T, seen.Desired, wish), init.MinWorkers, init.MaxWorkers);
        _changes.Enqueue((seen.T, desired - seen.Desired));
        return new(desired, ["backlog"]);
    }

    public void Dispose()
    {
    }

    private int Behave(double now, int current, int wish)
    {
        _wishes.Enqueue((now, wish));
        while (_wishes.Peek().At < now - Math.Max(behavior.DownWindow, behavior.UpWindow))
        {
            _ = _wishes.Dequeue();
        }

        while (_changes.Count > 0 && _changes.Peek().At <= now - behavior.Period)
        {
            _ = _changes.Dequeue();
        }

        var floor = _wishes.Where(w => w.At >= now - behavior.DownWindow).Max(static w => w.Workers);
        var ceiling = _wishes.Where(w => w.At >= now - behavior.UpWindow).Min(static w => w.Workers);
        if (wish > current)
        {
            var from = current - _changes.Sum(static c => Math.Max(0, c.Change));
            return Math.Min(Math.Max(current, ceiling), Math.Max(current, from + Math.Max((int)(from * behavior.UpPercent / 100), behavior.UpPods)));
        }

        var began = current - _changes.Sum(static c => Math.Min(0, c.Change));
        return Math.Max(Math.Min(current, floor), Math.Min(current, began - (int)(began * behavior.DownPercent / 100)));
    }
}

/// <summary>An HPA's <c>behavior</c>: windows and period in seconds.</summary>
internal sealed record HpaBehavior(double UpWindow, double DownWindow, double Period, double UpPercent, int UpPods, double DownPercent)
{
    /// <summary>The API's defaults, with a window for scaling down.</summary>
    public static HpaBehavior Default(double downWindow) => new(0, downWindow, 15, 100, 4, 100);

    /// <summary>The worked example's: up 100 % a minute after a minute, down 50 % a minute after five.</summary>
    public static HpaBehavior Example { get; } = new(60, 300, 60, 100, 0, 50);
}
