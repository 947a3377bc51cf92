using System.Collections.Immutable;
using Naq.Configuration;
using Naq.Scaling.Policies;

namespace Naq.Scaling.Limiters;

/// <summary>Does not scale into something broken: no growth while attempts fail or what they need is away, and none that gets no more done.</summary>
/// <param name="FailureRate">The share of failed attempts that opens it; half of that closes it.</param>
/// <param name="Window">Over which failures and throughput are measured.</param>
/// <remarks>
/// A dependency that is open: it holds the number, while a worker says so. Failures: <see cref="FewestAttempts"/> attempts in the window, and a
/// share at least twice the usual; it holds the number. Throughput: half as many workers more have been ready for a third of the window, the
/// backlog grew, and completions did not rise by a tenth. Then what was added is of no use: it goes back to the number of before, and tries
/// again after two windows.
/// </remarks>
internal sealed record BreakerLimiter(double FailureRate, TimeSpan Window) : ILimiter
{
    public const string TypeName = "breaker";

    private const int FewestAttempts = 20;
    private const double MoreWorkers = 1.5;
    private const double MoreThroughput = 1.1;
    private const double UsualMemory = 2000;

    public string Name => TypeName;

    public int Order => 50;

    public static BreakerLimiter Read(SettingsNode node)
    {
        var window = node.Duration("Window") ?? TimeSpan.FromMinutes(5);
        if (window < TimeSpan.FromSeconds(10) || window > TimeSpan.FromHours(1))
        {
            node.Fail("Window", $"({Quantities.Format(window)}) is not within 10s to 1h.");
        }

        return new(node.Number("FailureRate", above: 0, most: 1) ?? 0.5, window);
    }

    public (Limited Limit, LimiterState? State) Apply(in LimitInput input, int wish, LimiterState? state)
    {
        var before = state as BreakerState ?? BreakerState.Start;
        if (input.Observation is not { Load.Value: { } load, Fleet.Value: { } fleet })
        {
            return (new(before.Allow(wish, input.Current), Reasons.Breaker, Numbers(0, 0, 0)), before);
        }

        var samples = before.Samples.Note(new(input.At, load.CompletedTotal, load.FailedTotal, fleet.Claiming, load.Backlog), Window.TotalSeconds);
        var (first, last) = (samples[0], samples[^1]);
        var (settled, failed) = (last.Completed - first.Completed, last.Failed - first.Failed);
        var share = settled > 0 ? Math.Clamp((double)failed / settled, 0, 1) : 0;
        var isKnown = settled >= FewestAttempts;
        var isFailing = isKnown && (before.IsFailing ? share > FailureRate / 2 : share >= FailureRate && share >= 2 * before.UsualShare);
        var gain = Gain(samples, fleet);
        var ceiling = before.Ceiling is { } c && input.At < c.Until ? c : gain < MoreThroughput ? new(first.Ready, input.At + (2 * Window.TotalSeconds)) : null;
        var isOver = before.Ceiling is not null && ceiling is null;
        var news = samples.Length > 1 ? last.Completed - samples[^2].Completed : 0;
        var usual = isFailing || news <= 0 ? before.UsualShare : before.UsualShare + ((share - before.UsualShare) * news / (news + UsualMemory));
        var next = new BreakerState(isOver ? [last] : samples, isFailing, ceiling, usual);
        var allowed = next.Allow(fleet.OpenDependency is null ? wish : Math.Min(wish, input.Current), input.Current);
        return (new(allowed, Reasons.Breaker, Numbers(share, usual, gain ?? 0)) { IsAlert = true }, next);
    }

    /// <summary>How throughput changed since workers were added; null: too few were, the backlog did not grow, or jobs are too long to tell yet.</summary>
    private static double? Gain(ImmutableArray<BreakerSample> samples, Observation.Fleet fleet)
    {
        var third = samples.Length / 3;
        if (third < 2)
        {
            return null;
        }

        var (first, early, late, last) = (samples[0], samples[third], samples[^(third + 1)], samples[^1]);
        var service = fleet.ServiceCount > 0 ? fleet.ServiceSeconds / fleet.ServiceCount : 0;
        return late.Ready >= MoreWorkers * Math.Max(1, first.Ready) && last.Backlog > Math.Max(late.Backlog, first.Backlog)
            && last.At - late.At >= 2 * service && early.Completed - first.Completed >= FewestAttempts
                ? Rate(late, last) / Rate(first, early)
                : null;
    }

    private static double Rate(in BreakerSample from, in BreakerSample to) => to.At > from.At ? (to.Completed - from.Completed) / (to.At - from.At) : 0;

    private static Dictionary<string, double> Numbers(double share, double usual, double gain) => new()
    {
        ["failure_share"] = share, ["usual_failure_share"] = usual, ["throughput_gain"] = gain,
    };
}

/// <summary>Counters at a time.</summary>
internal readonly record struct BreakerSample(double At, long Completed, long Failed, int Ready, long Backlog);

/// <summary>A number that is of use, and until when it is believed.</summary>
internal sealed record BreakerCeiling(int Workers, double Until);

/// <summary>The window, what it says, and the usual share of failures.</summary>
internal sealed record BreakerState(ImmutableArray<BreakerSample> Samples, bool IsFailing, BreakerCeiling? Ceiling, double UsualShare) : LimiterState
{
    public static BreakerState Start { get; } = new([], false, null, 0);

    public int Allow(int wish, int current) => Math.Min(IsFailing ? Math.Min(wish, current) : wish, Ceiling?.Workers ?? int.MaxValue);
}

/// <summary>Keeps samples of a window.</summary>
internal static class BreakerSamples
{
    private const int Most = 61;

    /// <summary>Adds one, at most sixty a window; what lies before it goes. Counters that fell begin anew, and a sample of the past is none.</summary>
    public static ImmutableArray<BreakerSample> Note(this ImmutableArray<BreakerSample> samples, BreakerSample sample, double window)
    {
        if (samples.IsEmpty || sample.Completed < samples[^1].Completed || sample.Failed < samples[^1].Failed)
        {
            return [sample];
        }

        var isDense = samples.Length > 1 && sample.At - samples[^2].At < window / (Most - 1);
        var kept = (isDense ? samples.RemoveAt(samples.Length - 1) : samples).ToBuilder();
        while (kept.Count > 1 && kept[1].At <= sample.At - window)
        {
            kept.RemoveAt(0);
        }

        kept.Add(sample);
        return kept.ToImmutable();
    }
}
