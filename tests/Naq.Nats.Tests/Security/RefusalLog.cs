using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Naq.Nats.Tests.Security;

/// <summary>Keeps what the server did not permit.</summary>
internal sealed class RefusalLog : ILoggerFactory, ILogger
{
    private const int Refused = 2103;

    public ConcurrentQueue<string> Refusals { get; } = [];

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider)
    {
        // It keeps all by itself.
    }

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (eventId.Id == Refused)
        {
            Refusals.Enqueue(formatter(state, exception));
        }
    }

    public void Dispose()
    {
        // It holds nothing.
    }
}
