using System.Text.Json.Serialization.Metadata;
using Naq.Brokers;

namespace Naq;

/// <summary>The answer to an enqueue.</summary>
/// <param name="Id">The stored job: the new one's id, or that of the job that was there already.</param>
/// <param name="IsDuplicate">Whether the id or the unique key was there already, so that nothing was stored.</param>
public readonly record struct Enqueued(JobId Id, bool IsDuplicate);

/// <summary>The answer to a bulk enqueue.</summary>
/// <param name="Accepted">Jobs stored.</param>
/// <param name="Duplicates">Jobs that were there already.</param>
public readonly record struct BulkEnqueued(int Accepted, int Duplicates);

/// <summary>A job of a type that this program need not know: what the typed calls come down to, and what the command line uses.</summary>
/// <param name="Type">The job type's name.</param>
/// <param name="Payload">Its data in JSON (UTF-8), at most 256 KiB and 64 levels deep.</param>
/// <param name="Options">How to enqueue it.</param>
public sealed record RawJob(string Type, ReadOnlyMemory<byte> Payload, EnqueueOptions Options);

/// <summary>Enqueues jobs and asks about them. One per broker, safe for concurrent use.</summary>
/// <remarks>Every call throws <see cref="BrokerUnavailableException"/> when the broker cannot be used.</remarks>
public interface IJobClient
{
    /// <summary>Enqueues a job; returns once it is durable. One round-trip, shared with concurrent calls.</summary>
    /// <exception cref="QueueFullException">The queue or the disk is full; nothing was stored.</exception>
    /// <exception cref="EnqueueOutcomeUnknownException">The answer was lost; repeat with the same id.</exception>
    /// <exception cref="JobSerializationException">The job is larger than 256 KiB or deeper than 64 levels.</exception>
    /// <exception cref="NaqConfigurationException">An option or name is not valid.</exception>
    ValueTask<Enqueued> EnqueueAsync<TJob>(TJob job, EnqueueOptions? options = null, CancellationToken ct = default) where TJob : IJob<TJob>;

    /// <summary>Enqueues many jobs, in chunks of 1000, one write a chunk. Throws as <see cref="EnqueueAsync{TJob}"/>; chunks before the failing one are stored.</summary>
    ValueTask<BulkEnqueued> EnqueueManyAsync<TJob>(IEnumerable<TJob> jobs, EnqueueOptions? options = null, CancellationToken ct = default)
        where TJob : IJob<TJob>;

    /// <summary>Enqueues jobs by type name, in one write, and answers for each in order; refusals are values here.</summary>
    ValueTask<IReadOnlyList<EnqueueResult>> EnqueueRawAsync(IReadOnlyList<RawJob> jobs, CancellationToken ct = default);

    /// <summary>Finds a job; null: there is none.</summary>
    ValueTask<JobSnapshot?> FindAsync(JobId id, CancellationToken ct = default);

    /// <summary>Lists jobs, newest first, page by page.</summary>
    IAsyncEnumerable<JobSnapshot> ListAsync(JobFilter? filter = null, CancellationToken ct = default);

    /// <summary>Cancels a job, or asks its worker to.</summary>
    ValueTask<CancelResult> CancelAsync(JobId id, CancellationToken ct = default);

    /// <summary>Makes a scheduled, dead or cancelled job ready now.</summary>
    ValueTask<RequeueResult> RetryAsync(JobId id, CancellationToken ct = default);

    /// <summary>Forgets a job that is not running. False: it runs, nothing was done.</summary>
    /// <exception cref="JobNotFoundException">There is no such job.</exception>
    ValueTask<bool> DeleteAsync(JobId id, CancellationToken ct = default);

    /// <summary>Waits until a job has ended and returns it; null: it had not within <paramref name="wait"/>.</summary>
    /// <exception cref="JobNotFoundException">There is no such job.</exception>
    ValueTask<JobSnapshot?> WaitAsync(JobId id, TimeSpan wait, CancellationToken ct = default);

    /// <summary>Says how a job is doing: at once, whenever that has changed, and for the last time when it has ended.</summary>
    /// <remarks>At most ten looks a second, none while nothing changes in the broker.</remarks>
    /// <exception cref="JobNotFoundException">There is no such job (any more).</exception>
    IAsyncEnumerable<JobStatus> WatchAsync(JobId id, CancellationToken ct = default);

    /// <summary>Waits until a job has succeeded and returns its result.</summary>
    /// <exception cref="JobNotFoundException">There is no such job.</exception>
    /// <exception cref="JobFailedException">It ended without success.</exception>
    /// <exception cref="TimeoutException">It had not ended within <paramref name="wait"/>.</exception>
    ValueTask<TResult?> ResultAsync<TResult>(JobId id, JsonTypeInfo<TResult> json, TimeSpan wait, CancellationToken ct = default);
}
