using Microsoft.Extensions.DependencyInjection;
using Naq.Brokers;

namespace Naq;

/// <summary>The only way of a job into a store: middleware, then one write. Without middleware it is the store itself.</summary>
/// <param name="store">Where the jobs go.</param>
/// <param name="services">The program's, for middleware; null: it has none.</param>
internal sealed class EnqueuePath(IJobStore store, IServiceProvider? services)
{
    private IEnqueueMiddleware[]? _middleware;

    // Resolved late: middleware may itself ask for the client that owns this path.
    private IEnqueueMiddleware[] Middleware =>
        _middleware ??= [.. (services?.GetServices<IEnqueueMiddleware>() ?? []).OrderBy(static one => one is INextToBroker)];

    /// <summary>Stores jobs and answers for each in order; <paramref name="jobs"/> are left as they are, so that a repeat begins from them.</summary>
    public ValueTask<IReadOnlyList<EnqueueResult>> StoreAsync(IReadOnlyList<NewJob> jobs, CancellationToken ct) =>
        Middleware.Length == 0 ? store.EnqueueAsync(jobs, ct) : StorePreparedAsync(jobs, ct);

    private async ValueTask<IReadOnlyList<EnqueueResult>> StorePreparedAsync(IReadOnlyList<NewJob> jobs, CancellationToken ct) =>
        await store.EnqueueAsync(await PrepareAsync(jobs, ct).ConfigureAwait(false), ct).ConfigureAwait(false);

    private async ValueTask<NewJob[]> PrepareAsync(IReadOnlyList<NewJob> jobs, CancellationToken ct)
    {
        var prepared = new NewJob[jobs.Count];
        for (var i = 0; i < prepared.Length; i++)
        {
            var job = jobs[i];
            var coming = new EnqueueingJob
            {
                Id = job.Id,
                Type = job.Type,
                Queue = job.Queue,
                Priority = job.Priority,
                RunAt = job.RunAt,
                Payload = job.Payload,
                Headers = job.Settings.Headers ?? JobHeaders.None,
            };
            foreach (var middleware in Middleware)
            {
                await middleware.PrepareAsync(coming, ct).ConfigureAwait(false);
            }

            prepared[i] = JobAssembly.Changed(job, coming);
        }

        return prepared;
    }
}
