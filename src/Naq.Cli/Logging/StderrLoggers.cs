using Microsoft.Extensions.Logging;
using Naq.Cli.Shells;
using Naq.Workers;

namespace Naq.Cli.Logging;

/// <summary>How log lines look.</summary>
internal enum LogFormat
{
    /// <summary>For people.</summary>
    Text,

    /// <summary>One JSON object a line.</summary>
    Json,
}

/// <summary>Logs to stderr, one line an entry, written before the call returns. Foreign text is escaped.</summary>
internal sealed class StderrLoggers(Shell shell, LogFormat format, LogLevel least) : ILoggerFactory
{
    private readonly JobLogProvider _jobs = new();

    public ILogger CreateLogger(string categoryName) => new StderrLogger(categoryName, shell, format, least, _jobs.CreateLogger(categoryName));

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException("The command line logs to stderr only.");

    /// <summary>Nothing is buffered.</summary>
    public void Dispose() => _jobs.Dispose();
}
