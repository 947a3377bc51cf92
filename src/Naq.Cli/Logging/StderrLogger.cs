using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Naq.Cli.Shells;

namespace Naq.Cli.Logging;

/// <param name="category">Whose lines.</param>
/// <param name="shell">Where stderr is.</param>
/// <param name="format">How lines look.</param>
/// <param name="least">The least severe line that is printed.</param>
/// <param name="job">Keeps lines with the job that logs them, whatever is printed.</param>
internal sealed class StderrLogger(string category, Shell shell, LogFormat format, LogLevel least, ILogger job) : ILogger
{
    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => IsPrinted(logLevel) || job.IsEnabled(logLevel);

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        job.Log(logLevel, eventId, state, exception, formatter);
        if (!IsPrinted(logLevel))
        {
            return;
        }

        var time = shell.Time.GetUtcNow();
        var message = formatter(state, exception);
        shell.Error.WriteLine(format switch
        {
            LogFormat.Text => Text(time, logLevel, message, exception),
            LogFormat.Json => Json(time, logLevel, eventId, state as IReadOnlyList<KeyValuePair<string, object?>>, message, exception),
        });
    }

    private bool IsPrinted(LogLevel logLevel) => logLevel >= least && logLevel != LogLevel.None;

    private string Text(DateTimeOffset time, LogLevel level, string message, Exception? error)
    {
        var line = string.Create(CultureInfo.InvariantCulture, $"{time.UtcDateTime:HH:mm:ss.fff} {Name(level)} {category}: {message}");
        return Printable.Escape(error is null ? line : $"{line} ({error.GetType().Name}: {error.Message})");
    }

    private string Json(
        DateTimeOffset time, LogLevel level, EventId id, IReadOnlyList<KeyValuePair<string, object?>>? values, string message, Exception? error)
    {
        var bytes = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            json.WriteString("time", time);
            json.WriteString("level", Name(level));
            json.WriteString("category", category);
            json.WriteNumber("event", id.Id);
            json.WriteString("message", message);
            json.WriteStartObject("values");
            foreach (var (name, value) in values ?? [])
            {
                if (name != "{OriginalFormat}")
                {
                    json.WriteString(JsonNamingPolicy.SnakeCaseLower.ConvertName(name), Convert.ToString(value, CultureInfo.InvariantCulture));
                }
            }

            json.WriteEndObject();
            if (error is not null)
            {
                json.WriteString("error", error.ToString());
            }

            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(bytes.WrittenSpan);
    }

    private static string Name(LogLevel level) => level switch
    {
        LogLevel.Trace => "trace",
        LogLevel.Debug => "debug",
        LogLevel.Information => "info",
        LogLevel.Warning => "warning",
        LogLevel.Error => "error",
        LogLevel.Critical => "critical",
        LogLevel.None => "none",
    };
}
