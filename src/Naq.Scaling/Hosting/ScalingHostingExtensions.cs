using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Naq.Scaling.Hosting;

namespace Naq;

/// <summary>Adds the autoscaler to a host.</summary>
public static class ScalingHostingExtensions
{
    extension(NaqBuilder naq)
    {
        /// <summary>
        /// Keeps the pools of <paramref name="configure"/> and of the configuration's section <c>Naq:Autoscaler</c> at the fewest workers that keep their promises.
        /// Any number of hosts may do so: one leads. Changes of the configuration are followed while it runs; one that is wrong is logged and not used.
        /// </summary>
        /// <exception cref="NaqConfigurationException">At start: a pool is wrong, or there is none.</exception>
        public NaqBuilder AddAutoscaler(Action<AutoscalerBuilder>? configure = null)
        {
            ArgumentNullException.ThrowIfNull(naq);
            var builder = new AutoscalerBuilder();
            configure?.Invoke(builder);
            naq.Services.AddSingleton<IHostedService>(services => new AutoscalerService(builder, services, services.GetRequiredService<ILogger<AutoscalerService>>()));
            return naq;
        }
    }
}
