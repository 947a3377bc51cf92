using System.Text.Json;

namespace Naq;

/// <summary>Runs jobs from a distance: enqueues them, waits for their end, and returns what they made.</summary>
public static class JobResults
{
    private static readonly TimeSpan DefaultWait = TimeSpan.FromHours(1);

    extension(IJobClient jobs)
    {
        /// <summary>Enqueues a job, waits until it has succeeded and returns its result.</summary>
        /// <param name="job">The job; both types are inferred from it.</param>
        /// <param name="options">How to enqueue it.</param>
        /// <param name="wait">How long to wait for its end. Default: one hour. The job itself goes on when this ends.</param>
        /// <param name="ct">Ends the waiting, not the job.</param>
        /// <remarks>A unique job that is there already is waited for in place of a new one.</remarks>
        /// <exception cref="JobFailedException">It ended dead or cancelled.</exception>
        /// <exception cref="TimeoutException">It had not ended within <paramref name="wait"/>.</exception>
        /// <exception cref="JobSerializationException">It has no result, or one that is not a <typeparamref name="TResult"/>.</exception>
        /// <exception cref="JobNotFoundException">Its record is gone.</exception>
        public async ValueTask<TResult> RunAsync<TJob, TResult>(
            IJob<TJob, TResult> job, EnqueueOptions? options = null, TimeSpan? wait = null, CancellationToken ct = default)
            where TJob : IJob<TJob, TResult>
        {
            ArgumentNullException.ThrowIfNull(jobs);
            var patience = wait ?? DefaultWait;
            var (id, _) = await jobs.EnqueueAsync((TJob)job, options, ct).ConfigureAwait(false);
            var ended = await jobs.WaitAsync(id, patience, ct).ConfigureAwait(false)
                ?? throw new TimeoutException($"Job {id} had not ended after {patience}.");
            return ended.State == JobState.Succeeded
                ? Read<TJob, TResult>(ended)
                : throw new JobFailedException(id, ended.State, ended.Reason);
        }
    }

    private static TResult Read<TJob, TResult>(JobSnapshot job) where TJob : IJob<TJob, TResult>
    {
        if (job.Result.IsEmpty)
        {
            throw new JobSerializationException(
                $"Job {job.Id} succeeded without a result, or its result has expired. Its handler must return a {typeof(TResult).Name}.");
        }

        try
        {
            // A result that is null was asked for with a nullable TResult; the metadata refuses it otherwise where it can.
            return JsonSerializer.Deserialize(job.Result.Span, TJob.ResultJson)!;
        }
        catch (JsonException error)
        {
            throw new JobSerializationException($"The result of job {job.Id} is not a {typeof(TResult).Name}: {error.Message}", error);
        }
    }
}
