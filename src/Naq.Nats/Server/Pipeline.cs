using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using NATS.Client.Core;

namespace Naq.Nats.Server;

/// <summary>What came of a publish.</summary>
internal enum Answer
{
    /// <summary>No answer: it is in doubt.</summary>
    None,

    Stored,

    /// <summary>A message with its id had been stored before.</summary>
    Duplicate,

    /// <summary>The server says why when it is asked again.</summary>
    Refused,
}

/// <summary>A message that a stream is to keep.</summary>
internal readonly record struct Outgoing(string Subject, byte[] Body, NatsHeaders Headers);

/// <summary>Publishes many messages at once, for less than a request each: that costs a timer, a task and a wake-up a message, this one a flight.</summary>
/// <remarks>All answers come to one inbox, under the number of the flight and of the message in it. Any number of flights at a time.</remarks>
internal sealed class Pipeline : IAsyncDisposable
{
    private readonly NatsConnection _connection;
    private readonly TimeProvider _time;
    private readonly string _inbox;
    private readonly INatsSub<byte[]> _answers;
    private readonly ConcurrentDictionary<int, Flight> _flights = [];
    private readonly Task _reading;
    private int _lastFlight;

    private Pipeline(NatsConnection connection, TimeProvider time, string inbox, INatsSub<byte[]> answers)
    {
        (_connection, _time, _inbox, _answers) = (connection, time, inbox, answers);
        _reading = ReadAsync();
    }

    public static async Task<Pipeline> OpenAsync(NatsConnection connection, TimeProvider time, CancellationToken ct)
    {
        // Beside the connection's own inbox, which it keeps for its requests, and under the same permission.
        var inbox = $"{connection.Opts.InboxPrefix}.{Guid.NewGuid():N}";
        return new(connection, time, inbox, await connection.SubscribeCoreAsync<byte[]>(inbox + ".*.*", cancellationToken: ct).ConfigureAwait(false));
    }

    /// <summary>Publishes, and gives up where nothing is answered for the time of a request.</summary>
    /// <param name="composeAsync">Makes the message of a number, one after the other: while the server takes those before it.</param>
    /// <param name="answers">What came of each so far, also where this throws: as many as there are messages.</param>
    /// <param name="window">So many are on their way at most.</param>
    /// <param name="ct">Gives up.</param>
    public async ValueTask PublishAsync(Func<int, ValueTask<Outgoing>> composeAsync, Answer[] answers, int window, CancellationToken ct)
    {
        var patience = _connection.Opts.RequestTimeout;
        var flight = new Flight(answers, patience, _time);
        var number = Interlocked.Increment(ref _lastFlight);
        _flights[number] = flight;
        try
        {
            var replyTo = string.Create(CultureInfo.InvariantCulture, $"{_inbox}.{number}.");
            for (var i = 0; i < answers.Length; i++)
            {
                var (subject, body, headers) = await composeAsync(i).ConfigureAwait(false);
                if (!flight.TryStart(window) && !(await flight.LandAsync(window / 2, ct).ConfigureAwait(false) && flight.TryStart(window)))
                {
                    return;
                }

                var sending = _connection.PublishAsync(subject, body, headers, replyTo + i.ToString(CultureInfo.InvariantCulture), cancellationToken: ct);
                if (!sending.IsCompletedSuccessfully)
                {
                    // Without a connection it would wait for one.
                    await sending.AsTask().WaitAsync(patience, _time, ct).ConfigureAwait(false);
                }
            }

            _ = await flight.LandAsync(0, ct).ConfigureAwait(false);
        }
        finally
        {
            _ = _flights.TryRemove(number, out _);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _answers.DisposeAsync().ConfigureAwait(false);
        await _reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task ReadAsync()
    {
        await foreach (var answer in _answers.Msgs.ReadAllAsync().ConfigureAwait(false))
        {
            if (TryParse(answer.Subject.AsSpan(_inbox.Length + 1), out var number, out var message) && _flights.TryGetValue(number, out var flight))
            {
                flight.Land(message, Read(answer.Data));
            }
        }
    }

    private static bool TryParse(ReadOnlySpan<char> tokens, out int number, out int message)
    {
        var dot = tokens.IndexOf('.');
        message = 0;
        return int.TryParse(tokens[..dot], NumberStyles.None, CultureInfo.InvariantCulture, out number)
            && int.TryParse(tokens[(dot + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out message);
    }

    /// <summary>Without a body: nobody keeps the subject, or its stream elects a leader.</summary>
    private static Answer Read(byte[]? body)
    {
        if (body is not { Length: > 0 })
        {
            return Answer.None;
        }

        var answer = Answer.Stored;
        var reader = new Utf8JsonReader(body);
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.PropertyName && reader.ValueTextEquals("error"u8))
            {
                return Answer.Refused;
            }

            if (reader.TokenType == JsonTokenType.True)
            {
                // The only flag there is.
                answer = Answer.Duplicate;
            }
        }

        return answer;
    }

    /// <summary>The answers to some messages, as they come.</summary>
    private sealed class Flight(Answer[] answers, TimeSpan patience, TimeProvider time)
    {
        /// <summary>Guards the fields below.</summary>
        private readonly Lock _lock = new();
        private TaskCompletionSource? _waiting;
        private int _most;
        private int _started;
        private int _landed;

        /// <summary>Sends one more on its way. False: too many are.</summary>
        public bool TryStart(int window)
        {
            lock (_lock)
            {
                if (_started - _landed >= window)
                {
                    return false;
                }

                _started++;
                return true;
            }
        }

        public void Land(int message, Answer answer)
        {
            lock (_lock)
            {
                answers[message] = answer;
                _landed++;
                if (_waiting is { } waiting && _started - _landed <= _most)
                {
                    _waiting = null;
                    _ = waiting.TrySetResult();
                }
            }
        }

        /// <summary>Waits until at most so many are on their way. False: there were no answers for too long.</summary>
        public async ValueTask<bool> LandAsync(int most, CancellationToken ct)
        {
            while (true)
            {
                Task landing;
                int before;
                lock (_lock)
                {
                    if (_started - _landed <= most)
                    {
                        return true;
                    }

                    _waiting = new(TaskCreationOptions.RunContinuationsAsynchronously);
                    (_most, before, landing) = (most, _landed, _waiting.Task);
                }

                try
                {
                    await landing.WaitAsync(patience, time, ct).ConfigureAwait(false);
                }
                catch (TimeoutException)
                {
                    lock (_lock)
                    {
                        if (_landed == before)
                        {
                            return false;
                        }
                    }
                }
            }
        }
    }
}
