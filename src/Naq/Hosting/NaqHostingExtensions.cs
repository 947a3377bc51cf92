using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Naq.Telemetry;
using Naq.Workers;

namespace Naq;

/// <summary>Adds Naq to a host.</summary>
public static class NaqHostingExtensions
{
    extension(IHostApplicationBuilder builder)
    {
        /// <summary>Adds <see cref="IJobClient"/>; say next which broker, which handlers, and whether this program is a worker. Calling it twice is fine.</summary>
        public NaqBuilder AddNaq()
        {
            ArgumentNullException.ThrowIfNull(builder);
            builder.Services.TryAddSingleton(TimeProvider.System);
            builder.Services.TryAddEnumerable(ServiceDescriptor.Singleton<ILoggerProvider, JobLogProvider>());
            builder.Services.TryAddSingleton<BrokerHolder>();
            builder.Services.TryAddSingleton<Dependencies>();
            builder.Services.TryAddSingleton(static services => new JobMetrics(services.GetService<IMeterFactory>()));
            builder.Services.TryAddSingleton<IJobClient>(static services =>
                new JobClient(services.GetRequiredService<BrokerHolder>().Broker, services.GetRequiredService<TimeProvider>(), services));
            return new NaqBuilder(builder.Services);
        }
    }
}
