namespace Naq;

/// <summary>A job's class: higher classes of a queue are claimed first. The numbers are the wire's.</summary>
public enum JobPriority
{
    /// <summary>Before all others.</summary>
    High = 0,

    /// <summary>The default.</summary>
    Normal = 1,

    /// <summary>After all others.</summary>
    Low = 2,
}

/// <summary>At most one job of a type with this key is scheduled, waiting, ready or running, over all queues and classes.</summary>
/// <param name="Key">Any text of at most 256 bytes of UTF-8; hashed with the job type.</param>
/// <param name="Period">Besides, no second one until this time after the first enqueue. Null: none.</param>
public sealed record Unique(string Key, TimeSpan? Period = null)
{
    /// <summary>The same as the constructor, for reading.</summary>
    public static Unique By(string key, TimeSpan? period = null) => new(key, period);
}

/// <summary>How one job is enqueued; every member that is null takes the job type's default, then Naq's.</summary>
public sealed record EnqueueOptions
{
    /// <value>The queue. Default: <c>default</c>.</value>
    public string? Queue { get; init; }

    /// <value>The class. Default: <see cref="JobPriority.Normal"/>.</value>
    public JobPriority? Priority { get; init; }

    /// <value>Run no sooner than this time from now. Not together with <see cref="RunAt"/>.</value>
    public TimeSpan? Delay { get; init; }

    /// <value>Run no sooner than this wall time. Not together with <see cref="Delay"/>.</value>
    public DateTimeOffset? RunAt { get; init; }

    /// <value>The longest an attempt may run; then its token is cancelled and the attempt has failed. Default: none.</value>
    public TimeSpan? Timeout { get; init; }

    /// <value>Attempts and their delays. Default: <see cref="RetryPolicy.Default"/>.</value>
    public RetryPolicy? Retry { get; init; }

    /// <value>Overrides only the number of attempts of <see cref="Retry"/>.</value>
    public int? MaxAttempts { get; init; }

    /// <value>Refuses a second job with the same key. Default: none.</value>
    public Unique? Unique { get; init; }

    /// <value>How long the result is kept. Default: as long as the finished job's record.</value>
    public TimeSpan? ResultTtl { get; init; }

    /// <value>What people find the job by (<c>naq job list --tag</c>): at most 16 of 1 to 64 characters, none of them a control character. Default: none.</value>
    public IReadOnlyList<string>? Tags { get; init; }

    /// <value>
    /// What travels beside the payload, for middleware and <see cref="JobContext.Headers"/>: at most 16 of 1024 bytes of UTF-8 in all. Names of a-z, 0-9,
    /// <c>_</c>, <c>.</c> and <c>-</c>; values without control characters. Brokers show them to whoever may read the job. Default: none.
    /// </value>
    public IReadOnlyDictionary<string, string>? Headers { get; init; }

    /// <value>The id to use; for repeating an enqueue whose outcome is unknown. Default: a new one.</value>
    public JobId? Id { get; init; }
}
