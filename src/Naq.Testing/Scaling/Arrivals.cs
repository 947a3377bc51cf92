namespace Naq.Testing;

/// <summary>The traffic of a simulated pool: pieces, one after the other. Immutable.</summary>
/// <example><code>Arrivals.Poisson(20).For(TimeSpan.FromMinutes(10)).Then(Arrivals.Burst(1000))</code></example>
public sealed class Arrivals
{
    private readonly IReadOnlyList<Piece> _pieces;

    private Arrivals(params IReadOnlyList<Piece> pieces) => _pieces = pieces;

    /// <summary>No job, for a minute unless <see cref="For"/> says otherwise.</summary>
    public static Arrivals None { get; } = Constant(0);

    internal double Seconds => _pieces.Sum(static piece => piece.Seconds);

    /// <summary>Jobs in equal gaps, for a minute unless <see cref="For"/> says otherwise.</summary>
    /// <param name="perSecond">0 to 100,000.</param>
    public static Arrivals Constant(double perSecond) => new(new Piece(Checked(perSecond), 0, 60, IsEven: true));

    /// <summary>Jobs that come at random, each independently of the others, for a minute unless <see cref="For"/> says otherwise.</summary>
    /// <param name="perSecond">0 to 100,000.</param>
    public static Arrivals Poisson(double perSecond) => new(new Piece(Checked(perSecond), 0, 60, IsEven: false));

    /// <summary>So many jobs at one moment; takes no time.</summary>
    public static Arrivals Burst(int jobs)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(jobs);
        return new(new Piece(0, jobs, 0, IsEven: true));
    }

    /// <summary>The same with the last piece lasting so long.</summary>
    public Arrivals For(TimeSpan time)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(time, TimeSpan.Zero);
        return new([.. _pieces.SkipLast(1), _pieces[^1] with { Seconds = time.TotalSeconds }]);
    }

    /// <summary>This, and then <paramref name="next"/>.</summary>
    public Arrivals Then(Arrivals next)
    {
        ArgumentNullException.ThrowIfNull(next);
        return new([.. _pieces, .. next._pieces]);
    }

    /// <summary>When each job comes, in seconds, ascending.</summary>
    internal double[] Draw(Random random)
    {
        var (times, begin) = (new List<double>(), 0.0);
        foreach (var piece in _pieces)
        {
            times.AddRange(Enumerable.Repeat(begin, piece.Jobs));
            if (piece.PerSecond > 0)
            {
                double Gap() => (piece.IsEven ? 1 : -Math.Log(1 - random.NextDouble())) / piece.PerSecond;
                for (var at = piece.IsEven ? 0 : Gap(); at < piece.Seconds; at += Gap())
                {
                    times.Add(begin + at);
                }
            }

            begin += piece.Seconds;
        }

        return [.. times];
    }

    private static double Checked(double perSecond) => perSecond is >= 0 and <= 100_000
        ? perSecond
        : throw new ArgumentOutOfRangeException(nameof(perSecond), perSecond, "A rate is 0 to 100,000 jobs a second.");

    private sealed record Piece(double PerSecond, int Jobs, double Seconds, bool IsEven);
}
