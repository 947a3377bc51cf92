using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Naq.Nats;

namespace Naq;

/// <summary>Adds the broker on NATS JetStream.</summary>
public static class NatsHostingExtensions
{
    extension(NaqBuilder builder)
    {
        /// <summary>Keeps jobs in the JetStream of the servers at <paramref name="url"/>, such as <c>nats://127.0.0.1:4222</c>.</summary>
        [System.Diagnostics.CodeAnalysis.SuppressMessage("Design", "CA1054", Justification = "It may be a list of addresses.")]
        public NaqBuilder UseNats(string url) => builder.UseNats(new NatsBrokerOptions { Url = url });

        /// <summary>Keeps jobs in NATS JetStream.</summary>
        public NaqBuilder UseNats(NatsBrokerOptions options)
        {
            ArgumentNullException.ThrowIfNull(builder);
            builder.Services.AddSingleton(new BrokerSource("NATS", (services, ct) =>
                NatsBroker.OpenAsync(options, services.GetRequiredService<TimeProvider>(), services.GetRequiredService<ILoggerFactory>(), ct)));
            return builder;
        }
    }
}
