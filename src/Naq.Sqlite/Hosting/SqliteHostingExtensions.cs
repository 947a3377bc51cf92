using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Naq.Sqlite;

namespace Naq;

/// <summary>Adds the embedded broker.</summary>
public static class SqliteHostingExtensions
{
    extension(NaqBuilder builder)
    {
        /// <summary>Keeps jobs in the SQLite file at <paramref name="path"/>; several processes of one machine may share it.</summary>
        public NaqBuilder UseSqlite(string path) => builder.UseSqlite(new SqliteBrokerOptions { Path = path });

        /// <summary>Keeps jobs in a SQLite file.</summary>
        public NaqBuilder UseSqlite(SqliteBrokerOptions options)
        {
            ArgumentNullException.ThrowIfNull(builder);
            builder.Services.AddSingleton(new BrokerSource("SQLite", (services, ct) =>
                SqliteBroker.OpenAsync(options, services.GetRequiredService<TimeProvider>(), services.GetRequiredService<ILoggerFactory>(), ct)));
            return builder;
        }
    }
}
