namespace Naq;

/// <summary>How the delay grows from one failed attempt to the next.</summary>
public enum Backoff
{
    /// <summary>A random time up to first · 2ⁿ⁻¹ (full jitter), never above the cap.</summary>
    Exponential,

    /// <summary>first · n, never above the cap.</summary>
    Linear,

    /// <summary>Always the first delay.</summary>
    Constant,
}

/// <summary>How often and when a failed job runs again. Immutable; crosses the wire as data.</summary>
/// <param name="MaxAttempts">Attempts in all, the first included: 1 to 1000.</param>
/// <param name="Backoff">How the delay grows.</param>
/// <param name="First">The delay after the first failure.</param>
/// <param name="Cap">No delay is longer.</param>
public sealed record RetryPolicy(int MaxAttempts, Backoff Backoff, TimeSpan First, TimeSpan Cap)
{
    private readonly Type[] _giveUpOn = [];

    /// <summary>5 attempts, exponential from 1 s to 10 min.</summary>
    public static RetryPolicy Default { get; } = Exponential(5, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(10));

    /// <summary>One attempt.</summary>
    public static RetryPolicy None { get; } = new(1, Backoff.Constant, TimeSpan.Zero, TimeSpan.Zero);

    /// <summary>Explicit delays, one a failure; the last serves for all that follow. Overrides the backoff. Empty: none given.</summary>
    public IReadOnlyList<TimeSpan> Delays { get; init; } = [];

    /// <summary>Full jitter: a random time up to first · 2ⁿ⁻¹, capped.</summary>
    /// <remarks>Source: M. Brooker, "Exponential Backoff And Jitter" (2015).</remarks>
    public static RetryPolicy Exponential(int maxAttempts, TimeSpan first, TimeSpan cap) => new(maxAttempts, Backoff.Exponential, first, cap);

    /// <summary>first, 2 · first, 3 · first …, capped.</summary>
    public static RetryPolicy Linear(int maxAttempts, TimeSpan first, TimeSpan cap) => new(maxAttempts, Backoff.Linear, first, cap);

    /// <summary>Always the same delay.</summary>
    public static RetryPolicy Fixed(int maxAttempts, TimeSpan delay) => new(maxAttempts, Backoff.Constant, delay, delay);

    /// <summary>Gives a job up at once when its handler throws a <typeparamref name="TException"/>.</summary>
    /// <remarks>Lives with the handler: it does not cross the wire.</remarks>
    public RetryPolicy GiveUpOn<TException>() where TException : Exception => new(this, [.. _giveUpOn, typeof(TException)]);

    private RetryPolicy(RetryPolicy from, Type[] giveUpOn) : this(from) => _giveUpOn = giveUpOn;

    /// <summary>Says whether <paramref name="error"/> ends the job without another attempt.</summary>
    public bool GivesUpOn(Exception error)
    {
        foreach (var type in _giveUpOn)
        {
            if (type.IsInstanceOfType(error))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The delay after failed attempt <paramref name="attempt"/> (1 = the first).</summary>
    public TimeSpan DelayAfter(int attempt, Random random)
    {
        ArgumentNullException.ThrowIfNull(random);
        ArgumentOutOfRangeException.ThrowIfLessThan(attempt, 1);
        if (Delays.Count > 0)
        {
            return Delays[Math.Min(attempt, Delays.Count) - 1];
        }

        var cap = Cap.TotalSeconds;
        return Backoff switch
        {
            Backoff.Exponential => TimeSpan.FromSeconds(random.NextDouble() * Math.Min(cap, First.TotalSeconds * Math.Pow(2, Math.Min(attempt - 1, 60)))),
            Backoff.Linear => TimeSpan.FromSeconds(Math.Min(cap, First.TotalSeconds * attempt)),
            Backoff.Constant => First < Cap ? First : Cap,
        };
    }

    /// <summary>Returns what is wrong with this policy, or null.</summary>
    internal string? Fault() => this switch
    {
        { MaxAttempts: < 1 or > 1000 } => $"attempts {MaxAttempts} is not within 1 to 1000",
        _ when First < TimeSpan.Zero || Cap < TimeSpan.Zero || Delays.Any(static d => d < TimeSpan.Zero) => "a retry delay is negative",
        { Delays.Count: > 100 } => $"{Delays.Count} retry delays are more than 100",
        _ => null,
    };
}
