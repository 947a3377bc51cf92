namespace Naq.Scaling.Policies;

/// <summary>How long a job holds a slot: a mean that forgets slowly, fed from the workers' cumulative sums.</summary>
/// <param name="Count">Attempts it rests on.</param>
/// <param name="Mean">Seconds.</param>
/// <param name="SeenCount">The sums that were fed last.</param>
/// <param name="SeenSeconds">As <paramref name="SeenCount"/>.</param>
internal sealed record ServiceTime(long Count, double Mean, long SeenCount, double SeenSeconds)
{
    /// <summary>Fewer completions say little: the short jobs end first.</summary>
    public const int EnoughCompletions = 30;

    /// <summary>How many jobs the mean remembers.</summary>
    private const double Memory = 300;

    public static ServiceTime None { get; } = new(0, 0, 0, 0);

    public bool IsKnown => Count >= EnoughCompletions;

    /// <summary>Feeds the sums as they are now. Sums that fell began anew.</summary>
    public ServiceTime Feed(long count, double seconds)
    {
        var (jobs, time) = (count - SeenCount, seconds - SeenSeconds);
        if (jobs < 0 || time < 0)
        {
            return this with { SeenCount = count, SeenSeconds = seconds };
        }

        var weight = jobs == 0 ? 0 : jobs / (jobs + Math.Min(Count, Memory));
        var mean = jobs == 0 ? Mean : Mean + (weight * ((time / jobs) - Mean));
        return new(Count + jobs, mean, count, seconds);
    }
}
