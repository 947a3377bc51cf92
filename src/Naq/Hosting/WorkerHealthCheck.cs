using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Naq.Cluster;

namespace Naq;

/// <summary>
/// Healthy while every worker of this host claims jobs, degraded while one was told not to; not while one begins, drains or has left:
/// <c>AddHealthChecks().AddCheck&lt;WorkerHealthCheck&gt;("naq-worker")</c>. Asks nobody: <see cref="BrokerHealthCheck"/> tells whether the broker answers.
/// </summary>
/// <param name="services">The host's.</param>
public sealed class WorkerHealthCheck(IServiceProvider services) : IHealthCheck
{
    /// <inheritdoc/>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(context);
        var states = services.GetServices<IHostedService>().OfType<WorkerService>().Select(static service => service.State).ToList();
        var description = states.Count == 0 ? "this host has no worker" : string.Join(", ", states.Select(static state => state?.ToString().ToLowerInvariant() ?? "not started"));
        var result = states.Count == 0 || states.Any(static state => state is null or WorkerState.Starting or WorkerState.Draining)
            ? new(context.Registration.FailureStatus, description)
            : states.Contains(WorkerState.Quiet) ? HealthCheckResult.Degraded(description) : HealthCheckResult.Healthy(description);
        return Task.FromResult(result);
    }
}
