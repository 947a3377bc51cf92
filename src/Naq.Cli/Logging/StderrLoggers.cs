using Microsoft.Extensions.Logging;
using Naq.Cli.Shells;

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
    public ILogger CreateLogger(string categoryName) => new StderrLogger(categoryName, shell, format, least);

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException("The command line logs to stderr only.");

    public void Dispose()
    {
        // Nothing is buffered.
    }
}
