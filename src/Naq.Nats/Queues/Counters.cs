using System.Globalization;
using System.Text.Json;
using NATS.Client.Core;
using Naq.Nats.Server;
using Naq.Nats.Wire;

namespace Naq.Nats.Queues;

/// <summary>How jobs of a queue left, counted by the server (nats-server, ADR-49); what came in follows from that and from what is there.</summary>
internal static class Departure
{
    public const char Succeeded = 's';

    /// <summary>Failed, and will be tried again.</summary>
    public const char Failed = 'f';
    public const char Snoozed = 'z';
    public const char Dead = 'd';

    /// <summary>Cancelled by its worker.</summary>
    public const char Cancelled = 'c';

    /// <summary>Cancelled, deleted or purged while it was ready.</summary>
    public const char ReadyRemoved = 'x';

    /// <summary>Cancelled, deleted or purged while it was scheduled.</summary>
    public const char ScheduledRemoved = 'y';

    /// <summary>Put back after it had ended: it enters a second time.</summary>
    public const char Requeued = 'q';

    /// <summary>A schedule that somebody ran at once: no arrival of a new job.</summary>
    public const string All = "sfzdcxyq";
}

/// <summary>This process's share of the counters: the first change is written at once, those that follow soon are written together. What cannot be written now is written later, once.</summary>
internal sealed class Counters(Link link)
{
    /// <summary>A worker ends jobs many times meanwhile, and each write is a request and a stored message for every queue and kind.</summary>
    private static readonly TimeSpan Collecting = TimeSpan.FromMilliseconds(20);

    /// <summary>Guards the fields below.</summary>
    private readonly Lock _lock = new();
    private Round _waiting = new();
    private Task _written = Task.CompletedTask;
    private bool _isWriting;
    private TaskCompletionSource? _collecting;
    private int _flushes;

    public void Add(string queue, char kind, long count)
    {
        lock (_lock)
        {
            _waiting.Counts[(queue, kind)] = _waiting.Counts.GetValueOrDefault((queue, kind)) + count;
            if (!_isWriting)
            {
                _isWriting = true;
                _ = WriteAsync();
            }
        }
    }

    /// <summary>Waits until what was added so far is written; what is added meanwhile is not waited for.</summary>
    public async ValueTask FlushAsync(CancellationToken ct)
    {
        Task writing;
        lock (_lock)
        {
            // What waits is written after what is being written.
            writing = _waiting.Counts.Count > 0 ? _waiting.Done.Task : _written;
            _flushes++;
            _ = _collecting?.TrySetResult();
        }

        try
        {
            await writing.WaitAsync(ct).ConfigureAwait(false);
        }
        finally
        {
            lock (_lock)
            {
                _flushes--;
            }
        }
    }

    public async ValueTask<Dictionary<string, Dictionary<char, long>>> ReadAsync(IReadOnlyList<string>? patterns, CancellationToken ct)
    {
        var filter = patterns is [var only] && Names.IsName(only) ? link.Subjects.Counter(only, '*') : link.Subjects.AllCounters;
        var counts = new Dictionary<string, Dictionary<char, long>>(StringComparer.Ordinal);
        foreach (var stored in await link.LastOfEachAsync(link.CounterStream, filter, ct).ConfigureAwait(false))
        {
            var tokens = stored.Subject.Split('.');
            if (!counts.TryGetValue(tokens[^2], out var byKind))
            {
                counts[tokens[^2]] = byKind = [];
            }

            byKind[tokens[^1][0]] = ValueOf(stored.Body);
        }

        return counts;
    }

    private static long ValueOf(byte[] body)
    {
        using var document = JsonDocument.Parse(body);
        return long.Parse(document.RootElement.GetProperty("val").GetString()!, CultureInfo.InvariantCulture);
    }

    /// <summary>Writes what waits, and what has gathered since, until there is nothing.</summary>
    private async Task WriteAsync()
    {
        await Task.Yield();
        while (true)
        {
            Round round;
            lock (_lock)
            {
                if (_waiting.Counts.Count == 0)
                {
                    // The next one to add starts anew, inside the same lock.
                    _isWriting = false;
                    return;
                }

                (round, _waiting) = (_waiting, new());
                _written = round.Done.Task;
            }

            var writing = Task.WhenAll(round.Counts.Select(async entry => await WriteAsync(entry.Key.Queue, entry.Key.Kind, entry.Value).ConfigureAwait(false)));
            await writing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            round.Done.SetFromTask(writing);
            await CollectAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Lets changes gather, unless somebody waits for them.</summary>
    private async Task CollectAsync()
    {
        TaskCompletionSource collecting;
        lock (_lock)
        {
            if (_flushes > 0)
            {
                return;
            }

            _collecting = collecting = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        _ = await Task.WhenAny(collecting.Task, Task.Delay(Collecting, link.Time, CancellationToken.None)).ConfigureAwait(false);
    }

    /// <summary>Tries until it is written; the id makes a repetition harmless.</summary>
    private async Task WriteAsync(string queue, char kind, long count)
    {
        var id = Guid.NewGuid().ToString("N");
        while (true)
        {
            try
            {
                var headers = new NatsHeaders
                {
                    [Header.Increment] = string.Create(CultureInfo.InvariantCulture, $"{count:+0;-0}"),
                    [Header.MessageId] = id,
                };
                _ = await link.PublishAsync(link.Subjects.Counter(queue, kind), [], headers, CancellationToken.None).ConfigureAwait(false);
                return;
            }
            catch (Exception error) when (error is NatsException or TimeoutException or OperationCanceledException)
            {
                await Task.Delay(TimeSpan.FromSeconds(1), link.Time, CancellationToken.None).ConfigureAwait(false);
            }
            catch (ObjectDisposedException)
            {
                return;
            }
        }
    }

    /// <summary>Changes that are written together.</summary>
    private sealed class Round
    {
        public Dictionary<(string Queue, char Kind), long> Counts { get; } = [];

        /// <summary>Ends with the writing, as that did.</summary>
        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
