using Naq.Scaling.Decisions.Deciders;

namespace Naq.Scaling.Simulation;

/// <summary>What a decider sees instead of the truth, by a plan. One run: it remembers what it was given.</summary>
internal sealed class DisturbedMetrics(FaultPlan plan)
{
    private const int Remembered = 3;

    private readonly Queue<DeciderObservation> _past = new();
    private DeciderObservation? _reset;
    private DeciderObservation? _frozen;
    private int _samples;

    public DeciderObservation Show(DeciderObservation seen)
    {
        seen = seen.T >= plan.ClockJumpAt ? seen with { Epoch = seen.Epoch + plan.ClockJump } : seen;
        if (FaultPlan.IsIn(plan.Gap, seen.T))
        {
            return WithoutMetrics(seen);
        }

        seen = seen.T >= plan.CountersResetAt ? Since(_reset ??= seen, seen) : seen;
        return FaultPlan.IsIn(plan.Frozen, seen.T) ? Again(_frozen ??= seen, seen) : plan.SamplesDisordered ? Disorder(seen) : seen;
    }

    private DeciderObservation Disorder(DeciderObservation seen)
    {
        _samples++;
        var old = _samples % 7 == 0 ? _past.FirstOrDefault() : _samples % 5 == 0 ? _past.LastOrDefault() : null;
        _past.Enqueue(seen);
        if (_past.Count > Remembered)
        {
            _ = _past.Dequeue();
        }

        return old is null ? seen : Again(old, seen);
    }

    /// <summary>An old sample, with the time and the workers of now.</summary>
    private static DeciderObservation Again(DeciderObservation old, DeciderObservation seen) => old with
    {
        T = seen.T,
        Epoch = seen.Epoch,
        Stale = true,
        Desired = seen.Desired,
        WorkersStarting = seen.WorkersStarting,
        WorkersReady = seen.WorkersReady,
        WorkersDraining = seen.WorkersDraining,
    };

    private static DeciderObservation WithoutMetrics(DeciderObservation seen) => new()
    {
        T = seen.T,
        Epoch = seen.Epoch,
        Stale = true,
        Desired = seen.Desired,
        WorkersStarting = seen.WorkersStarting,
        WorkersReady = seen.WorkersReady,
        WorkersDraining = seen.WorkersDraining,
    };

    private static DeciderObservation Since(DeciderObservation start, DeciderObservation seen) => seen with
    {
        ArrivedTotal = seen.ArrivedTotal - start.ArrivedTotal,
        CompletedTotal = seen.CompletedTotal - start.CompletedTotal,
        FailedTotal = seen.FailedTotal - start.FailedTotal,
        SvcCount = seen.SvcCount - start.SvcCount,
        SvcSum = seen.SvcSum - start.SvcSum,
        SvcSumsq = seen.SvcSumsq - start.SvcSumsq,
        StartedTotal = seen.StartedTotal - start.StartedTotal,
        StartedLateTotal = seen.StartedLateTotal - start.StartedLateTotal,
    };
}
