using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Naq.Sqlite;

namespace Naq;

/// <summary>Adds the embedded broker.</summary>
public static class SqliteHostingExtensions
{
    extension(NaqBuilder builder)
    {
        /// <summary>Keeps jobs in a SQLite file; several processes of one machine may share it. Options come from the section <c>Naq:Broker:Sqlite</c> of the host's configuration.</summary>
        /// <param name="path">The file; null: the section's <c>Path</c>.</param>
        public NaqBuilder UseSqlite(string? path = null) => builder.UseSqlite(services => SqliteSection.Read(services.GetService<IConfiguration>(), path));

        /// <summary>Keeps jobs in a SQLite file.</summary>
        public NaqBuilder UseSqlite(SqliteBrokerOptions options) => builder.UseSqlite(_ => options);

        private NaqBuilder UseSqlite(Func<IServiceProvider, SqliteBrokerOptions> options)
        {
            ArgumentNullException.ThrowIfNull(builder);
            builder.Services.AddSingleton(new BrokerSource("SQLite", (services, ct) =>
                SqliteBroker.OpenAsync(options(services), services.GetRequiredService<TimeProvider>(), services.GetRequiredService<ILoggerFactory>(), ct)));
            return builder;
        }
    }
}
