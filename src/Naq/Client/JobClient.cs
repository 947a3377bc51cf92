using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Naq.Brokers;

namespace Naq;

/// <summary>The client on any broker: validates, fills in defaults, serialises, and writes in batches.</summary>
/// <param name="broker">The open broker; stays the caller's to close.</param>
/// <param name="time">The clock for ids and delays.</param>
/// <param name="services">Where enqueue middleware is found, when the first job is enqueued; null: there is none.</param>
public sealed class JobClient(Broker broker, TimeProvider time, IServiceProvider? services = null) : IJobClient
{
    /// <summary>Jobs in one write of a bulk enqueue.</summary>
    internal const int ChunkSize = 1000;

    private const int PageSize = 500;
    private static readonly TimeSpan WatchGap = TimeSpan.FromMilliseconds(100);

    private readonly IJobStore _store = broker.Jobs;
    private readonly EnqueuePath _path = new(broker.Jobs, services);

    /// <inheritdoc/>
    public async ValueTask<Enqueued> EnqueueAsync<TJob>(TJob job, EnqueueOptions? options = null, CancellationToken ct = default)
        where TJob : IJob<TJob>
    {
        var results = await StoreAsync([Prepare(job, options)], ct).ConfigureAwait(false);
        return new(results[0].Id, results[0].Status == EnqueueStatus.Duplicate);
    }

    /// <inheritdoc/>
    public async ValueTask<BulkEnqueued> EnqueueManyAsync<TJob>(IEnumerable<TJob> jobs, EnqueueOptions? options = null, CancellationToken ct = default)
        where TJob : IJob<TJob>
    {
        ArgumentNullException.ThrowIfNull(jobs);
        if (options?.Id is not null)
        {
            throw new ArgumentException("One id cannot name many jobs. Leave Id unset.", nameof(options));
        }

        // One chunk is prepared, by middleware too, while the one before it is stored.
        var (accepted, duplicates, storing) = (0, 0, Task.CompletedTask);
        try
        {
            foreach (var chunk in jobs.Chunk(ChunkSize))
            {
                var prepared = Array.ConvertAll(chunk, job => Prepare(job, options));
                var before = storing;
                storing = StoreChunkAsync(prepared, before);
                await before.ConfigureAwait(false);
            }
        }
        finally
        {
            await storing.ConfigureAwait(false);
        }

        return new(accepted, duplicates);

        async Task StoreChunkAsync(NewJob[] prepared, Task before)
        {
            var results = await _path.StoreAsync(prepared, before, ct).ConfigureAwait(false);
            var stored = accepted;
            foreach (var result in results)
            {
                accepted += result.Status == EnqueueStatus.Accepted ? 1 : 0;
                duplicates += result.Status == EnqueueStatus.Duplicate ? 1 : 0;
            }

            ThrowIfRefused(prepared, results, stored);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<EnqueueResult>> EnqueueRawAsync(IReadOnlyList<RawJob> jobs, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(jobs);
        var prepared = new NewJob[jobs.Count];
        for (var i = 0; i < prepared.Length; i++)
        {
            var job = jobs[i];
            prepared[i] = JobAssembly.Assemble(job.Type, job.Payload, null, job.Options, time);
        }

        return await _path.StoreAsync(prepared, ct).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public ValueTask<JobSnapshot?> FindAsync(JobId id, CancellationToken ct = default) => _store.FindAsync(id, ct);

    /// <inheritdoc/>
    public async IAsyncEnumerable<JobSnapshot> ListAsync(JobFilter? filter = null, [EnumeratorCancellation] CancellationToken ct = default)
    {
        string? after = null;
        do
        {
            var page = await _store.ListAsync(filter ?? new(), after, PageSize, ct).ConfigureAwait(false);
            foreach (var job in page.Jobs)
            {
                yield return job;
            }

            after = page.Next;
        }
        while (after is not null);
    }

    /// <inheritdoc/>
    public ValueTask<CancelResult> CancelAsync(JobId id, CancellationToken ct = default) => _store.CancelAsync(id, ct);

    /// <inheritdoc/>
    public ValueTask<RequeueResult> RetryAsync(JobId id, CancellationToken ct = default) => _store.RequeueAsync(id, ct);

    /// <inheritdoc/>
    public async ValueTask<bool> DeleteAsync(JobId id, CancellationToken ct = default) =>
        await _store.DeleteAsync(id, ct).ConfigureAwait(false) switch
        {
            CancelResult.NotFound => throw new JobNotFoundException(id),
            CancelResult.Requested => false,
            CancelResult.Cancelled or CancelResult.Finished => true,
        };

    /// <inheritdoc/>
    public ValueTask<JobSnapshot?> WaitAsync(JobId id, TimeSpan wait, CancellationToken ct = default) => _store.ResultAsync(id, wait, ct);

    /// <inheritdoc/>
    public async IAsyncEnumerable<JobStatus> WatchAsync(JobId id, [EnumeratorCancellation] CancellationToken ct = default)
    {
        var (seen, last) = (0L, (JobStatus?)null);
        while (true)
        {
            seen = await _store.WaitForChangeAsync(seen, ct).ConfigureAwait(false);
            var job = await _store.FindAsync(id, ct).ConfigureAwait(false) ?? throw new JobNotFoundException(id);
            var status = new JobStatus(job.State, job.Attempts, job.Progress, job.Note, job.Reason);
            if (status != last)
            {
                yield return last = status;
            }

            if (job.State.IsFinal())
            {
                yield break;
            }

            await Task.Delay(WatchGap, time, ct).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<TResult?> ResultAsync<TResult>(JobId id, JsonTypeInfo<TResult> json, TimeSpan wait, CancellationToken ct = default)
    {
        var job = await _store.ResultAsync(id, wait, ct).ConfigureAwait(false)
            ?? throw new TimeoutException($"Job {id} had not ended after {wait}.");
        if (job.State != JobState.Succeeded)
        {
            throw new JobFailedException(id, job.State, job.Reason);
        }

        return job.Result.IsEmpty ? default : JsonSerializer.Deserialize(job.Result.Span, json);
    }

    private NewJob Prepare<TJob>(TJob job, EnqueueOptions? options) where TJob : IJob<TJob>
    {
        ArgumentNullException.ThrowIfNull(job);
        var type = TJob.JobType;
        var payload = JobAssembly.Serialize(type, job);
        var unique = options?.Unique is null && type.UniqueKey is { } key ? new Unique(key(job), type.UniqueFor) : null;
        return JobAssembly.Assemble(type.Name, payload, type.Defaults, options, time, unique);
    }

    private async ValueTask<IReadOnlyList<EnqueueResult>> StoreAsync(NewJob[] jobs, CancellationToken ct)
    {
        var results = await _path.StoreAsync(jobs, ct).ConfigureAwait(false);
        ThrowIfRefused(jobs, results, 0);
        return results;
    }

    private static void ThrowIfRefused(NewJob[] jobs, IReadOnlyList<EnqueueResult> results, int storedBefore)
    {
        for (var i = 0; i < results.Count; i++)
        {
            if (results[i].Status is EnqueueStatus.QueueFull or EnqueueStatus.DiskFull)
            {
                throw Refusal(jobs[i].Queue, results[i].Status, storedBefore + results.Count(static result => result.Status == EnqueueStatus.Accepted));
            }
        }
    }

    private static QueueFullException Refusal(string queue, EnqueueStatus status, int stored) => new(
        (status == EnqueueStatus.QueueFull
            ? $"Queue '{queue}' has reached its maximum length. Retry later, or raise it."
            : $"Queue '{queue}' takes no jobs: the disk has less free space than MinFreeDisk. Free some.")
        + (stored > 0 ? $" {stored} jobs of this call were stored." : ""));
}
