using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Naq.Nats.Tests.Faults;

/// <summary>Keeps what is logged.</summary>
internal sealed class LogKeeper : ILoggerFactory, ILogger
{
    private readonly ConcurrentQueue<(int Id, string Text)> _lines = [];

    public int Count(int id) => _lines.Count(line => line.Id == id);

    public string Text(int id) => string.Join('\n', _lines.Where(line => line.Id == id).Select(static line => line.Text));

    public void AddProvider(ILoggerProvider provider)
    {
        // It keeps lines, and passes none on.
    }

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _lines.Enqueue((eventId.Id, formatter(state, exception)));

    public void Dispose()
    {
        // Nothing is held.
    }
}
