namespace Naq.Workers;

/// <summary>Whether a worker should be replaced: too old, too many jobs, too large.</summary>
/// <param name="options">The worker's limits.</param>
/// <param name="maxAge">Its age limit, spread so that a fleet does not leave at once.</param>
/// <param name="groupLimit">What its control groups leave it, in bytes; null: no bound.</param>
/// <param name="time">The clock.</param>
/// <remarks>
/// Memory is judged at nine tenths of the limit, so that the replacement is there before the limit is. A worker that is that large when it
/// begins would be followed by another one as large: it stays, and somebody has to look.
/// </remarks>
internal sealed class Retirement(WorkerOptions options, TimeSpan? maxAge, long? groupLimit, TimeProvider time)
{
    /// <summary>The share of the memory limit at which a replacement is asked for.</summary>
    private const double Soft = 0.9;

    private readonly long _startedAt = time.GetTimestamp();

    /// <summary>The limit in force: the worker's own, or what its control groups leave it; null where the worker has none of its own.</summary>
    public long? MemoryLimit { get; } = options.MaxMemoryBytes is { } own ? Math.Min(own, groupLimit ?? long.MaxValue) : null;

    /// <summary>Whether it was near its memory limit when it began: replacing it would not help.</summary>
    public bool IsTooLargeFromTheStart { get; private set; }

    /// <summary>Notes how large the worker is before it has run anything.</summary>
    public void Begin(long residentBytes) => IsTooLargeFromTheStart = residentBytes >= Soft * MemoryLimit;

    /// <summary>Why it should be replaced; null: it need not.</summary>
    /// <param name="jobs">Attempts that it has started.</param>
    /// <param name="residentBytes">Its resident set now.</param>
    public string? Reason(long jobs, long residentBytes) =>
        time.GetElapsedTime(_startedAt) > maxAge ? "age"
        : jobs >= options.MaxJobs ? "number of jobs"
        : !IsTooLargeFromTheStart && residentBytes >= Soft * MemoryLimit ? "memory"
        : null;

    /// <summary>Whether it is past its memory limit: it leaves without waiting for a replacement.</summary>
    public bool IsOverLimit(long residentBytes) => !IsTooLargeFromTheStart && residentBytes >= MemoryLimit;
}
