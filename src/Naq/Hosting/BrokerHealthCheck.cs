using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Naq;

/// <summary>Healthy while the broker answers: <c>AddHealthChecks().AddCheck&lt;BrokerHealthCheck&gt;("naq-broker")</c>. One small read a check.</summary>
/// <param name="services">The host's.</param>
public sealed class BrokerHealthCheck(IServiceProvider services) : IHealthCheck
{
    /// <inheritdoc/>
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(context);
        try
        {
            var broker = services.GetRequiredService<BrokerHolder>().Broker;
            var fault = await Reachability.FaultAsync(broker, services.GetRequiredService<TimeProvider>(), cancellationToken).ConfigureAwait(false);
            return fault is null ? HealthCheckResult.Healthy() : new(context.Registration.FailureStatus, fault);
        }
        catch (NaqException error)
        {
            return new(context.Registration.FailureStatus, error.Message); // it could not even be opened
        }
    }
}
