using System.Collections.Immutable;

namespace Naq.Scaling.Policies.Latency;

/// <summary>How many jobs were expected to have arrived a look-ahead after a time.</summary>
internal readonly record struct Expectation(double At, double Total, double Jobs);

/// <summary>How much of the goal a job may be planned to wait: more while few start late, less once too many did.</summary>
/// <param name="Level">The integrator, within [0, 0.9].</param>
/// <param name="Started">The counter of starts at the last look.</param>
/// <param name="StartedLate">The counter of late starts at the last look.</param>
/// <param name="Dispersion">The measured variance of arrivals over their mean, one look-ahead at a time; 1 for a Poisson stream.</param>
/// <param name="Pending">Expectations whose time has not come.</param>
internal sealed record ErrorBudget(
    double Level, double Started, double StartedLate, double Dispersion, ImmutableArray<Expectation> Pending)
{
    private const double Least = 0.5;
    private const double Most = 0.9;

    /// <summary>How far one late job moves the level.</summary>
    private const double Gain = 0.01;

    private const double DispersionMemory = 3600;
    private const double MostDispersion = 100;
    private const int MostPending = 64;

    public static ErrorBudget Start { get; } = new(0.6, 0, 0, 1, []);

    /// <summary>The share of the goal that jobs may wait by plan.</summary>
    public double Patience => Math.Max(Least, Level);

    /// <summary>How many times a Poisson stream's variance the plan provides for: 1 while the budget lasts.</summary>
    public double Burstiness => 1 + (Math.Max(0, (Least - Level) / Least) * Math.Clamp(Dispersion - 1, 0, MostDispersion));

    /// <summary>Accounts for the jobs that started since the last look. Counters that fell began anew.</summary>
    /// <param name="started">All that ever started.</param>
    /// <param name="late">Of them: later than the goal.</param>
    /// <param name="allowed">The share that may be late by plan.</param>
    public ErrorBudget Charge(double started, double late, double allowed)
    {
        var (moreStarted, moreLate) = (Math.Max(0, started - Started), Math.Max(0, late - StartedLate));
        return this with
        {
            Level = Math.Clamp(Level + (Gain * ((allowed * moreStarted) - moreLate)), 0, Most), Started = started, StartedLate = late,
        };
    }

    /// <summary>Compares what was expected a look-ahead ago with what came, and notes what is expected now.</summary>
    public ErrorBudget Compare(double at, double arrived, double expected, double lookAhead, double interval)
    {
        var (dispersion, first) = (Dispersion, 0);
        while (first < Pending.Length && Pending[first].At + lookAhead <= at)
        {
            var was = Pending[first++];
            var surprise = Math.Max(0, arrived - was.Total - (was.Jobs * (at - was.At) / lookAhead));
            var index = 2 * surprise * surprise / Math.Max(1, was.Jobs); // only excess costs: the other half of the variance is mirrored
            dispersion += Math.Min(1, interval / DispersionMemory) * (index - dispersion);
        }

        var pending = Pending.RemoveRange(0, first);
        var isCrowded = pending.Length >= MostPending;
        return this with { Dispersion = dispersion, Pending = isCrowded ? pending : pending.Add(new(at, arrived, expected)) };
    }
}
