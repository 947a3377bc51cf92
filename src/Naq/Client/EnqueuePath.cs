using Microsoft.Extensions.DependencyInjection;
using Naq.Brokers;
using Naq.Encryption;
using Naq.Telemetry;

namespace Naq;

/// <summary>The only way of a job into a store: middleware, encryption, then one write, under a span and counted. Without any of these it is the store itself.</summary>
/// <param name="store">Where the jobs go.</param>
/// <param name="services">The program's, for middleware, encryption and metrics; null: it has none.</param>
internal sealed class EnqueuePath(IJobStore store, IServiceProvider? services)
{
    private readonly JobMetrics _metrics = JobMetrics.Of(services);
    private readonly PayloadEncryption? _encryption = services?.GetService<PayloadEncryption>();
    private IEnqueueMiddleware[]? _middleware;

    // Resolved late: middleware may itself ask for the client that owns this path.
    private IEnqueueMiddleware[] Middleware => _middleware ??= [.. services?.GetServices<IEnqueueMiddleware>() ?? []];

    /// <summary>Stores jobs and answers for each in order; <paramref name="jobs"/> are left as they are, so that a repeat begins from them.</summary>
    public ValueTask<IReadOnlyList<EnqueueResult>> StoreAsync(IReadOnlyList<NewJob> jobs, CancellationToken ct) => StoreAsync(jobs, Task.CompletedTask, ct);

    /// <summary>The same after <paramref name="before"/>, which middleware and encryption do not wait for; what it throws is thrown, and nothing is stored.</summary>
    public ValueTask<IReadOnlyList<EnqueueResult>> StoreAsync(IReadOnlyList<NewJob> jobs, Task before, CancellationToken ct) =>
        before.IsCompletedSuccessfully && Middleware.Length == 0 && _encryption is null && !JobTracing.IsListening && !_metrics.CountsEnqueued
            ? store.EnqueueAsync(jobs, ct)
            : StoreObservedAsync(jobs, before, ct);

    private async ValueTask<IReadOnlyList<EnqueueResult>> StoreObservedAsync(IReadOnlyList<NewJob> jobs, Task before, CancellationToken ct)
    {
        using var span = JobTracing.StartEnqueue(jobs);
        try
        {
            var prepared = Middleware.Length == 0 ? jobs : await PrepareAsync(jobs, ct).ConfigureAwait(false);
            prepared = _encryption is null ? prepared : Seal(prepared, _encryption);
            await before.ConfigureAwait(false);
            var results = await store.EnqueueAsync(JobTracing.Mark(prepared, span), ct).ConfigureAwait(false);
            _metrics.Enqueued(jobs, results);
            return results;
        }
        catch (Exception error)
        {
            JobTracing.Failed(span, error);
            throw;
        }
    }

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

    private static NewJob[] Seal(IReadOnlyList<NewJob> jobs, PayloadEncryption encryption)
    {
        var result = new NewJob[jobs.Count];
        for (var i = 0; i < result.Length; i++)
        {
            var job = jobs[i];
            result[i] = JobAssembly.WithPayload(job, encryption.Seal(job.Id, job.Type, job.Payload));
        }

        return result;
    }
}
