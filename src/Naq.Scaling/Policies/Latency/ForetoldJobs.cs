using System.Collections.Immutable;
using Naq.Scaling.Forecasting;

namespace Naq.Scaling.Policies.Latency;

/// <summary>The jobs of spikes that were foretold and have begun: they are known already, and say nothing about the usual rate.</summary>
/// <param name="Epoch">The calendar time of the last look; null: none yet.</param>
/// <param name="Expected">Jobs of begun spikes that have not come.</param>
/// <param name="Open">The same with a margin: so many arrivals more may still be theirs.</param>
/// <param name="Until">Calendar time at which they are given up.</param>
/// <remarks>Without this a burst is paid twice: before it, as a spike, and after it, as a rate (measured: 2.5 times the floor instead of 2.0).</remarks>
internal sealed record ForetoldJobs(double? Epoch, double Expected, double Open, double Until)
{
    /// <summary>A spike's height varies as a Poisson count does: so many standard deviations still belong to it.</summary>
    private const double Margin = 2;

    /// <summary>After a gap in the looks no more bins than this are gone through.</summary>
    private const int MostBins = 100;

    public static ForetoldJobs None { get; } = new(null, 0, 0, 0);

    /// <summary>Looks at what arrived since the last look; says how much of it had been foretold.</summary>
    /// <param name="history">When jobs arrived.</param>
    /// <param name="epoch">Now, by the calendar.</param>
    /// <param name="arrived">Jobs since the last look.</param>
    /// <param name="usual">How many of them the usual rate explains.</param>
    /// <param name="patience">Seconds after its bin in which a spike may still come.</param>
    public (ForetoldJobs Next, double Taken) Look(ArrivalBins history, double epoch, double arrived, double usual, double patience)
    {
        var now = epoch > Until ? None : this;
        if (Epoch is { } before && !history.IsEmpty)
        {
            var last = history.BinAt(epoch);
            for (var bin = Math.Max(history.BinAt(before) + 1, last - MostBins); bin <= last; bin++)
            {
                now = now.Begin(RecurrentSpikes.Height(history, bin), history.EpochOf(bin + 1) + patience);
            }
        }

        var taken = Math.Clamp(arrived - usual, 0, now.Open);
        return (now with { Epoch = epoch, Expected = Math.Max(0, now.Expected - taken), Open = now.Open - taken }, taken);
    }

    /// <summary>What has begun and not come, before what is ahead.</summary>
    public ImmutableArray<Spike> Before(ImmutableArray<Spike> ahead, double binSeconds) =>
        Expected > 0 ? ahead.Insert(0, new(0, Expected, binSeconds)) : ahead;

    private ForetoldJobs Begin(double jobs, double until) => jobs <= 0
        ? this
        : this with { Expected = Expected + jobs, Open = Open + jobs + (Margin * Math.Sqrt(jobs)), Until = until };
}
