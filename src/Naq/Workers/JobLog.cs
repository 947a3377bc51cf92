using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging;

namespace Naq.Workers;

/// <summary>The last lines that a slot's running job has logged. One a slot, emptied for each job; may be written from any thread.</summary>
internal sealed class JobLog(int lines, TimeProvider time)
{
    private const int MaxLineLength = 500;

    private static readonly AsyncLocal<JobLog?> Flow = new();

    private readonly Lock _lock = new();
    private readonly Queue<string> _lines = new();

    /// <summary>The log of the slot in whose flow this is called; null: no slot's.</summary>
    public static JobLog? Current => Flow.Value;

    /// <summary>Makes it the log of everything that this flow calls from here on.</summary>
    public void Enter() => Flow.Value = lines > 0 ? this : null;

    public void Add(LogLevel level, string message, Exception? error)
    {
        var text = error is null ? message : $"{message} ({error.GetType().Name}: {error.Message})";
        text = Printable.Escape(text.ReplaceLineEndings(" "));
        var line = string.Create(CultureInfo.InvariantCulture, $"{time.GetUtcNow().UtcDateTime:HH:mm:ss.fff} {level}: {(text.Length > MaxLineLength ? text[..MaxLineLength] : text)}");
        lock (_lock)
        {
            if (_lines.Count == lines)
            {
                _ = _lines.Dequeue();
            }

            _lines.Enqueue(line);
        }
    }

    /// <summary>Takes the lines of the job that has ended; null: it logged none.</summary>
    public string? Take()
    {
        lock (_lock)
        {
            if (_lines.Count == 0)
            {
                return null;
            }

            var text = new StringBuilder().AppendJoin('\n', _lines).ToString();
            _lines.Clear();
            return text;
        }
    }
}

/// <summary>Keeps what handlers log at <see cref="LogLevel.Information"/> and above with the job that they run.</summary>
/// <remarks>Wherever an <see cref="ILogger"/> of the program is used in a handler's flow. The worker's own lines are not the job's.</remarks>
internal sealed class JobLogProvider : ILoggerProvider
{
    public ILogger CreateLogger(string categoryName) => new JobLogger(categoryName != Worker.LogCategory);

    public void Dispose()
    {
        // Nothing is held.
    }

    private sealed class JobLogger(bool isForeign) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => isForeign && logLevel is >= LogLevel.Information and < LogLevel.None && JobLog.Current is not null;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                JobLog.Current?.Add(logLevel, formatter(state, exception), exception);
            }
        }
    }
}
