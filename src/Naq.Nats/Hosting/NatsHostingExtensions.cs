using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Naq.Nats;

namespace Naq;

/// <summary>Adds the broker on NATS JetStream.</summary>
public static class NatsHostingExtensions
{
    extension(NaqBuilder builder)
    {
        /// <summary>Keeps jobs in NATS JetStream. Options come from the section <c>Naq:Broker:Nats</c> of the host's configuration.</summary>
        /// <param name="url">The servers, such as <c>nats://127.0.0.1:4222</c>; null: the section's <c>Url</c>.</param>
        [System.Diagnostics.CodeAnalysis.SuppressMessage("Design", "CA1054", Justification = "It may be a list of addresses.")]
        public NaqBuilder UseNats(string? url = null) => builder.UseNats(services => NatsSection.Read(services.GetService<IConfiguration>(), url));

        /// <summary>Keeps jobs in NATS JetStream.</summary>
        public NaqBuilder UseNats(NatsBrokerOptions options) => builder.UseNats(_ => options);

        private NaqBuilder UseNats(Func<IServiceProvider, NatsBrokerOptions> options)
        {
            ArgumentNullException.ThrowIfNull(builder);
            builder.Services.AddSingleton(new BrokerSource("NATS", (services, ct) =>
                NatsBroker.OpenAsync(options(services), services.GetRequiredService<TimeProvider>(), services.GetRequiredService<ILoggerFactory>(), ct)));
            return builder;
        }
    }
}
