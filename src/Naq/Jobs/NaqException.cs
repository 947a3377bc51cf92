namespace Naq;

/// <summary>The root of every exception that Naq throws on purpose.</summary>
public abstract class NaqException : Exception
{
    private protected NaqException(string message, Exception? inner = null) : base(message, inner)
    {
    }
}

/// <summary>A setting, option or name is wrong; the message says which and what would be right. Nothing was done.</summary>
public sealed class NaqConfigurationException(string message, Exception? inner = null) : NaqException(message, inner);

/// <summary>The broker cannot be reached or used now; the same call may succeed later.</summary>
public sealed class BrokerUnavailableException(string message, Exception? inner = null) : NaqException(message, inner);

/// <summary>The broker was made with another lease duration than this process asks for. All workers of a broker share one.</summary>
public sealed class LeaseMismatchException(string message) : NaqException(message);

/// <summary>An enqueue was refused because the queue reached its <c>MaxLength</c> or the disk its <c>MinFreeDisk</c>. Nothing of the refused jobs was stored.</summary>
public sealed class QueueFullException(string message) : NaqException(message);

/// <summary>An enqueue was sent, and its answer never came: the jobs may be stored or not. Repeat it with the same ids; that cannot store them twice.</summary>
public sealed class EnqueueOutcomeUnknownException(string message, IReadOnlyList<JobId> ids, Exception? inner = null) : NaqException(message, inner)
{
    /// <summary>The ids to repeat the enqueue with.</summary>
    public IReadOnlyList<JobId> Ids { get; } = ids;
}

/// <summary>No job has this id (any more).</summary>
public sealed class JobNotFoundException(JobId id) : NaqException($"No job has the id {id}. It never existed here, or its record was trimmed.")
{
    /// <summary>The id that was asked for.</summary>
    public JobId Id { get; } = id;
}

/// <summary>A payload is too large, too deep or not JSON: refused at enqueue, so that no worker meets it. Or a result is missing or of another type.</summary>
public sealed class JobSerializationException(string message, Exception? inner = null) : NaqException(message, inner);

/// <summary>Two handlers were registered for one job type.</summary>
public sealed class DuplicateJobNameException(string name) : NaqException($"Job type '{name}' has two handlers. Register one.");

/// <summary>A job that was waited for ended without success.</summary>
public sealed class JobFailedException(JobId id, JobState state, string? reason)
    : NaqException($"Job {id} ended {state}: {Printable.Escape(reason ?? "no reason given")}")
{
    /// <summary>The job.</summary>
    public JobId Id { get; } = id;

    /// <summary>The state it ended in: <see cref="JobState.Dead"/> or <see cref="JobState.Cancelled"/>.</summary>
    public JobState State { get; } = state;
}
