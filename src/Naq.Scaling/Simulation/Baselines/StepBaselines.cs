using Naq.Scaling.Decisions.Deciders;

namespace Naq.Scaling.Simulation.Baselines;

/// <summary>The worked example's rule as it stands there: one worker more above a depth, one less below another, at every look.</summary>
internal sealed class ExampleThresholdBaseline(DeciderInit init, double up, double down) : IDecider
{
    public DeciderAnswer Decide(DeciderObservation seen)
    {
        var change = seen.QueueDepth is not { } depth ? 0 : depth > up ? 1 : depth < down ? -1 : 0;
        return new(Math.Clamp(seen.Desired + change, init.MinWorkers, init.MaxWorkers), ["threshold"]);
    }

    public void Dispose()
    {
    }
}

/// <summary>Judoscale's rule, after its documentation: queue time above a threshold adds a worker, at most every ten seconds; below another for a minute removes one.</summary>
internal sealed class JudoscaleBaseline(DeciderInit init, double upper, double lower) : IDecider
{
    private const double UpEvery = 10;
    private const double DownAfter = 60;

    private double _upAt = double.MinValue;
    private double? _lowSince;

    public DeciderAnswer Decide(DeciderObservation seen)
    {
        if (seen.QueueDepth is null)
        {
            return new(seen.Desired, ["metric_gap"]);
        }

        var (now, queueTime) = (seen.T, Math.Max(seen.OldestAge ?? 0, seen.WaitMaxRecent ?? 0));
        _lowSince = queueTime < lower ? _lowSince ?? now : null;
        var change = 0;
        if (queueTime > upper && now - _upAt >= UpEvery)
        {
            (change, _upAt) = (1, now);
        }
        else if (_lowSince is { } since && now - since >= DownAfter)
        {
            (change, _lowSince) = (-1, now);
        }

        return new(Math.Clamp(seen.Desired + change, init.MinWorkers, init.MaxWorkers), ["threshold"]);
    }

    public void Dispose()
    {
    }
}

/// <summary>Always the same number.</summary>
internal sealed class StaticBaseline(DeciderInit init, int workers) : IDecider
{
    public DeciderAnswer Decide(DeciderObservation seen) => new(Math.Clamp(workers, init.MinWorkers, init.MaxWorkers), ["static"]);

    public void Dispose()
    {
    }
}
