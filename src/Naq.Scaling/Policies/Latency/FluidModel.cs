using System.Collections.Immutable;
using Naq.Scaling.Forecasting;

namespace Naq.Scaling.Policies.Latency;

/// <summary>Workers on their way: slots that will be there in so many seconds.</summary>
internal readonly record struct Coming(double In, double Slots);

/// <summary>The near future of a pool as a fluid: would so many workers start every job in time? A value; nothing is random.</summary>
/// <remarks>
/// Jobs flow in by the expected curve with a band for noise, wait in one queue, first in first out, and hold a slot for the mean service
/// time. A fleet is good if at no time more jobs are due to have started than can have started.
/// </remarks>
internal sealed record FluidModel
{
    private const int MostSteps = 200;

    /// <summary>A fraction of a job is no shortage.</summary>
    private const double Tolerance = 0.1;

    public required double ServiceSeconds { get; init; }

    public required double SquaredVariation { get; init; }

    public required double RatePerSecond { get; init; }

    /// <summary>Width of the band for noise, in standard deviations.</summary>
    public required double Noise { get; init; }

    /// <summary>How many times a Poisson stream's variance the arrivals have.</summary>
    public required double Burstiness { get; init; }

    public required ImmutableArray<Spike> Spikes { get; init; }

    /// <summary>Seconds that a job may wait by plan.</summary>
    public required double Patience { get; init; }

    public required double Backlog { get; init; }

    public required double Busy { get; init; }

    public required int Concurrency { get; init; }

    /// <summary>Workers that are there or on their way.</summary>
    public required int Workers { get; init; }

    /// <summary>Slots of workers that are there.</summary>
    public required double ReadySlots { get; init; }

    /// <summary>Workers on their way, soonest first.</summary>
    public required ImmutableArray<Coming> Coming { get; init; }

    /// <summary>Seconds until a worker ordered now claims.</summary>
    public required double Lead { get; init; }

    public required double Interval { get; init; }

    public required ImmutableArray<ArrivalSample> Arrivals { get; init; }

    /// <summary>Says whether so many workers leave no job late from <paramref name="from"/> up to the horizon.</summary>
    public bool IsFeasible(int workers, double horizon, double from)
    {
        Span<Coming> coming = stackalloc Coming[Coming.Length + 1];
        Coming.CopyTo(coming);
        var (count, ready, busy) = Change(workers, coming, Coming.Length);

        var step = Math.Max(Math.Min(Math.Min(Interval / 2, ServiceSeconds / 2), Patience / 4), horizon / MostSteps);
        var kept = Math.Exp(-step / ServiceSeconds);
        var variance = (RatePerSecond * Burstiness)
            + (SquaredVariation * (ready > 0 ? Math.Min(RatePerSecond, ready / ServiceSeconds) : RatePerSecond));
        var (now, arrived, started, queue, next) = (0.0, 0.0, 0.0, Backlog, 0);
        var asked = Now.At - Patience;
        while (now < horizon)
        {
            now += step;
            while (next < count && coming[next].In <= now)
            {
                ready += coming[next++].Slots;
            }

            var more = Expected(now, variance) - arrived;
            arrived += more;
            var done = busy * (1 - kept);
            var starts = Math.Min(queue + more, Math.Max(0, ready - busy + done));
            busy += starts - done;
            queue += more - starts;
            started += starts;
            if (now >= from)
            {
                var due = now <= Patience
                    ? ArrivalRate.OfBacklogBefore(Arrivals, Backlog, asked + now)
                    : Backlog + Expected(now - Patience, variance);
                if (due - started > Tolerance)
                {
                    return false;
                }
            }
        }

        return true;
    }

    private ArrivalSample Now => Arrivals[^1];

    /// <summary>The fleet of so many workers: more are ordered now, or the last ordered go first, then some with their share of the jobs.</summary>
    private (int Coming, double Ready, double Busy) Change(int workers, Span<Coming> coming, int count)
    {
        if (workers > Workers)
        {
            coming[count++] = new(Lead, (double)(workers - Workers) * Concurrency);
        }

        var excess = (double)(Workers - workers);
        while (count > 0 && excess > 0)
        {
            var last = coming[--count];
            if (last.Slots > excess * Concurrency)
            {
                coming[count++] = last with { Slots = last.Slots - (excess * Concurrency) };
                excess = 0;
            }
            else
            {
                excess -= last.Slots / Concurrency;
            }
        }

        if (excess <= 0)
        {
            return (count, ReadySlots, Busy);
        }

        var slots = excess * Concurrency;
        return (count, Math.Max(0, ReadySlots - slots), Math.Max(0, Busy - (slots * (Busy / Math.Max(ReadySlots, 1)))));
    }

    /// <summary>Jobs expected within <paramref name="after"/> seconds, on the safe side.</summary>
    private double Expected(double after, double variance)
    {
        var jobs = (RatePerSecond * after) + (Noise * Math.Sqrt(variance * after));
        foreach (var spike in Spikes)
        {
            jobs += spike.Arrived(after);
        }

        return jobs;
    }
}
