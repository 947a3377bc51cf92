using Microsoft.Extensions.Logging;
using Naq.Brokers;
using Naq.Sqlite.Engine;

namespace Naq.Sqlite;

/// <summary>Opens the embedded broker.</summary>
public static class SqliteBroker
{
    /// <summary>Opens the database of <paramref name="options"/>, making it where it is missing. Several processes of one machine may have it open.</summary>
    /// <exception cref="NaqConfigurationException">The file is not a Naq database, or cannot be made or written.</exception>
    /// <exception cref="LeaseMismatchException">It was made with another lease duration.</exception>
    /// <exception cref="BrokerUnavailableException">It is damaged, locked for too long, or was changed by a newer version.</exception>
    public static ValueTask<Broker> OpenAsync(SqliteBrokerOptions options, TimeProvider time, ILoggerFactory loggers, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ct.ThrowIfCancellationRequested();
        options.Validate();
        options = options with { Path = Path.GetFullPath(options.Path) };
        try
        {
            var session = Session.Open(options, time, loggers.CreateLogger("Naq.Sqlite"));
            var jobs = new SqliteJobStore(session);
            return new(new Broker(jobs, new SqliteClusterStore(session, jobs), "sqlite:" + options.Path));
        }
        catch (SqliteFault fault) when (fault.IsForeign)
        {
            throw new NaqConfigurationException($"{options.Path} is not a SQLite database. Name another file.", fault);
        }
        catch (Exception error) when (error is UnauthorizedAccessException or DirectoryNotFoundException or IOException || error is SqliteFault { IsAccess: true })
        {
            throw new NaqConfigurationException($"{options.Path} cannot be opened for writing ({Printable.Escape(error.Message)}). Name a file in a folder that exists and can be written.", error);
        }
        catch (SqliteFault fault)
        {
            throw new BrokerUnavailableException($"{options.Path} cannot be used now: {fault.Message}", fault);
        }
    }
}
