using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;
using Naq.Nats.Wire;

namespace Naq.Nats.Server;

/// <summary>A message as the server keeps it.</summary>
internal sealed record Stored(string Subject, ulong Sequence, DateTimeOffset StoredAt, NatsHeaders Headers, byte[] Body);

/// <summary>The server refused to store a message for want of room.</summary>
internal sealed class NoRoomException(string message) : NatsException(message);

/// <summary>Nobody answered a read, or not to its end.</summary>
internal sealed class UnansweredException(string subject) : NatsException($"{subject} did not answer a read.");

/// <summary>This process's connection, and the handful of requests that everything else is made of. Every request has a deadline.</summary>
internal sealed partial class Link : IAsyncDisposable
{
    private const int NoMessageFound = 10037;

    /// <summary>How often a read is made in all: within the patience of a call.</summary>
    private const int Reads = 3;

    private static readonly TimeSpan BeforeNextRead = TimeSpan.FromMilliseconds(50);
    private static readonly byte[] Acknowledgement = "+ACK"u8.ToArray();

    /// <summary>The server's answers to a publish whose expectation did not hold: it was another sequence, or one is under way.</summary>
    private static readonly int[] Refusals = [10071, 10164];

    /// <summary>The server's answers where there is no room: bytes or messages of the stream, memory or storage of the server or account.</summary>
    private static readonly int[] NoRoom = [10002, 10023, 10028, 10047, 10077];

    private readonly NatsBrokerOptions _options;
    private readonly NatsConnection _connection;

    /// <summary>For many publishes at once: on one connection they and the jobs that arrive would wait for each other.</summary>
    private readonly NatsConnection _publishing;
    private readonly NatsJSContext _js;
    private readonly NatsJSContext _quick;
    private readonly ILogger _log;
    private readonly string _api;

    /// <summary>Guards the field below.</summary>
    private readonly Lock _lock = new();
    private Task<Pipeline>? _pipeline;
    private bool _wasLost;
    private (string Text, long At)? _refusal;

    public Link(NatsBrokerOptions options, TimeProvider time, ILogger log)
    {
        (_options, Time, _log) = (options, time, log);
        _connection = new(Connecting.OptionsOf(options));
        _publishing = new(_connection.Opts with { Name = "naq-publish" });
        (_quick, _js) = (new(_connection, Within(Connecting.Short)), new(_connection, Within(Connecting.Long)));
        _api = options.Domain is null ? "$JS.API" : $"$JS.{options.Domain}.API";
        Subjects = new(options.Prefix);
        Clock = new(this);
        var name = options.Prefix.ToUpperInvariant();
        (JobsStream, DeadStream, RecordStream, EventStream, CounterStream, KeyStream) =
            (name + "_JOBS", name + "_DEAD", name + "_REC", name + "_EV", name + "_COUNT", "KV_" + options.Prefix);
        _connection.ConnectionDisconnected += LostAsync;
        _connection.ConnectionOpened += FoundAsync;
        _connection.ServerError += ErredAsync;
        _publishing.ServerError += ErredAsync;

        NatsJSOpts Within(TimeSpan time)
        {
            var limited = _connection.Opts with { RequestTimeout = time };
            return options.Domain is null ? new(limited) : new(limited, domain: options.Domain);
        }
    }

    /// <summary>After the connection was lost and is there again: whatever was missed in between has to be looked for.</summary>
    public event Action? Reconnected;

    public NatsBrokerOptions Options => _options;

    public NatsConnection Connection => _connection;

    /// <summary>What the server has refused for want of a permission within the last seconds; null: nothing. It never answers such a request.</summary>
    public string? Refusal => _refusal is var (text, at) && Time.GetElapsedTime(at) < TimeSpan.FromSeconds(15) ? text : null;

    /// <summary>For what changes streams and consumers.</summary>
    public NatsJSContext JetStream => _js;

    /// <summary>For what only reads of them: lost while a cluster elects a leader, and best asked again soon.</summary>
    public NatsJSContext Reading => _quick;

    public TimeProvider Time { get; }

    public ServerClock Clock { get; }

    public TimeSpan Lease { get; set; }

    public Subjects Subjects { get; }

    public string JobsStream { get; }

    public string DeadStream { get; }

    public string RecordStream { get; }

    public string EventStream { get; }

    public string CounterStream { get; }

    /// <summary>The stream of the key-value bucket.</summary>
    public string KeyStream { get; }

    public async ValueTask OpenAsync(CancellationToken ct)
    {
        await _connection.ConnectAsync().AsTask().WaitAsync(ct).ConfigureAwait(false);
        if (_connection.ServerInfo is not { JetStreamAvailable: true } server || !IsRecent(server.Version))
        {
            var found = _connection.ServerInfo is { JetStreamAvailable: false } ? "has no JetStream" : $"is nats-server {_connection.ServerInfo?.Version}";
            throw new BrokerUnavailableException($"The server at {_options.Address} {found}. Use nats-server 2.12 or newer, started with -js.");
        }
    }

    /// <summary>The subject of a key of the bucket. A key's dots and slashes change places, so that its segments are the subject's tokens.</summary>
    public string KeySubject(string key) => $"$KV.{_options.Prefix}.{Swap(key)}";

    public string KeyOf(string subject) => Swap(subject[(_options.Prefix.Length + 5)..]);

    /// <summary>Publishes into a stream; null: what the headers expect did not hold, and nothing was stored.</summary>
    /// <exception cref="NoRoomException">The stream or the server is full.</exception>
    public async ValueTask<PubAckResponse?> TryPublishAsync(string subject, byte[] body, NatsHeaders headers, CancellationToken ct)
    {
        var answer = await _quick.PublishAsync(subject, body, headers: headers, cancellationToken: ct).ConfigureAwait(false);
        return answer.Error switch
        {
            null => answer,
            { } refusal when Refusals.Contains(refusal.ErrCode) => null,
            { } full when NoRoom.Contains(full.ErrCode) => throw new NoRoomException(full.Description ?? "there is no room"),
            { } error => throw new NatsJSApiException(error),
        };
    }

    /// <summary>Publishes into a stream whatever is there.</summary>
    public async ValueTask<PubAckResponse> PublishAsync(string subject, byte[] body, NatsHeaders headers, CancellationToken ct) =>
        await TryPublishAsync(subject, body, headers, ct).ConfigureAwait(false) ?? throw new NatsJSException($"A write to {subject} that expected nothing was refused.");

    /// <summary>For many publishes at once.</summary>
    public Task<Pipeline> PipelineAsync(CancellationToken ct)
    {
        lock (_lock)
        {
            _pipeline = _pipeline is null or { IsFaulted: true } or { IsCanceled: true } ? Pipeline.OpenAsync(_publishing, Time, CancellationToken.None) : _pipeline;
            return _pipeline.WaitAsync(Connecting.Long, Time, ct);
        }
    }

    /// <summary>Publishes without waiting for anything.</summary>
    public ValueTask SendAsync(string subject, string text, string? replyTo, CancellationToken ct) =>
        _connection.PublishAsync(subject, Encoding.ASCII.GetBytes(text), replyTo: replyTo, cancellationToken: ct);

    /// <summary>Acknowledges a message without waiting for anything.</summary>
    public ValueTask AcknowledgeAsync(string reply, CancellationToken ct) => _connection.PublishAsync(reply, Acknowledgement, cancellationToken: ct);

    /// <summary>Says that a lane has got a job, while there is a connection: a hint is not worth waiting for one.</summary>
    public ValueTask HintAsync(string queue, char lane, CancellationToken ct) =>
        _connection.ConnectionState == NatsConnectionState.Open ? _connection.PublishAsync(Subjects.Hint(queue, lane), cancellationToken: ct) : default;

    /// <summary>Publishes and waits for the answer of whoever listens.</summary>
    public async ValueTask ConfirmAsync(string subject, string text, CancellationToken ct) =>
        _ = await _connection.RequestAsync<byte[], byte[]>(subject, Encoding.ASCII.GetBytes(text), cancellationToken: ct).ConfigureAwait(false);

    /// <summary>Asks a consumer for at most <paramref name="most"/> messages, to be sent to an inbox within <paramref name="wait"/>; then a status ends it.</summary>
    public ValueTask PullAsync(string stream, string consumer, int most, TimeSpan wait, string inbox, CancellationToken ct)
    {
        var request = string.Create(CultureInfo.InvariantCulture, $"{{\"batch\":{most},\"expires\":{wait.Ticks * 100}}}");
        return SendAsync($"{_api}.CONSUMER.MSG.NEXT.{stream}.{consumer}", request, inbox, ct);
    }

    /// <summary>The newest message that a filter selects; null: there is none. One round-trip.</summary>
    public ValueTask<Stored?> LastAsync(string stream, string filter, CancellationToken ct) => GetAsync(stream, new() { LastBySubject = filter }, ct);

    /// <summary>The first message at or after a sequence that a filter selects; null: there is none. One round-trip.</summary>
    public ValueTask<Stored?> NextAsync(string stream, string filter, ulong sequence, CancellationToken ct) =>
        GetAsync(stream, new() { NextBySubject = filter, Sequence = sequence }, ct);

    /// <summary>The newest message of every subject that a filter selects. One request, and more where there are many.</summary>
    public async ValueTask<List<Stored>> LastOfEachAsync(string stream, string filter, CancellationToken ct)
    {
        // The server sends at most 1,024 at once (nats-server, ADR-31), and says so: the rest is asked for from the last sequence on.
        var all = new List<Stored>();
        ulong? upTo = null;
        for (ulong? after = 0; after is { } sequence;)
        {
            var request = new DirectGet { LastOfEach = [filter], Batch = 1000, Sequence = sequence, UpToSequence = upTo };
            (var page, after, upTo) = await BatchAsync(stream, request, ct).ConfigureAwait(false);
            all.AddRange(page);
        }

        return all;
    }

    /// <summary>Messages from a sequence on, in order: a batch of at most <paramref name="most"/>; fewer do not mean the end, none do.</summary>
    public async ValueTask<List<Stored>> ReadAsync(string stream, string filter, ulong from, int most, CancellationToken ct)
    {
        var request = new DirectGet { NextBySubject = filter, Sequence = from, Batch = most, MaxBytes = 8 << 20 };
        return (await BatchAsync(stream, request, ct).ConfigureAwait(false)).Page;
    }

    public async ValueTask<StreamInfo> InfoAsync(string stream, CancellationToken ct) =>
        (await _quick.GetStreamAsync(stream, cancellationToken: ct).ConfigureAwait(false)).Info;

    /// <summary>A job's message by id: one round-trip, for both forms of a subject at once.</summary>
    public async ValueTask<Stored?> FindAsync(string stream, JobId id, CancellationToken ct)
    {
        var (plain, unique) = (LastAsync(stream, Subjects.WithId(id), ct).AsTask(), LastAsync(stream, Subjects.WithIdAndKey(id), ct).AsTask());
        return await plain.ConfigureAwait(false) ?? await unique.ConfigureAwait(false);
    }

    /// <summary>Deletes one message; false: it was not there any more.</summary>
    public async ValueTask<bool> TryDeleteAsync(string stream, ulong sequence, CancellationToken ct)
    {
        try
        {
            return (await _js.DeleteMessageAsync(stream, new() { Seq = sequence }, ct).ConfigureAwait(false)).Success;
        }
        catch (NatsJSApiException gone) when (gone.Error.ErrCode == NoMessageFound || gone.Error.Code == 404)
        {
            return false;
        }
    }

    public async ValueTask<long> PurgeAsync(string stream, string filter, CancellationToken ct) =>
        (long)(await _js.PurgeStreamAsync(stream, new() { Filter = filter }, ct).ConfigureAwait(false)).Purged;

    public async ValueTask DisposeAsync()
    {
        if (_pipeline is { IsCompletedSuccessfully: true } pipeline)
        {
            await (await pipeline.ConfigureAwait(false)).DisposeAsync().ConfigureAwait(false);
        }

        await _publishing.DisposeAsync().ConfigureAwait(false);
        await _connection.DisposeAsync().ConfigureAwait(false);
    }

    private static bool IsRecent(string version) => Version.TryParse(version.Split('-')[0], out var number) && number >= new Version(2, 12);

    private static string Swap(string key) => string.Create(key.Length, key, static (into, from) =>
    {
        for (var i = 0; i < into.Length; i++)
        {
            into[i] = from[i] switch { '.' => '/', '/' => '.', var other => other };
        }
    });

    /// <summary>A read that was not answered is made again: it changes nothing, and whoever leads the stream answers soon, or nobody does.</summary>
    private async ValueTask<T> ReadAsync<T>(string stream, DirectGet request, Func<string, byte[], CancellationToken, ValueTask<T>> readAsync, CancellationToken ct)
    {
        var (subject, body) = ($"{_api}.DIRECT.GET.{stream}", JsonSerializer.SerializeToUtf8Bytes(request, RequestJson.Default.DirectGet));
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await readAsync(subject, body, ct).ConfigureAwait(false);
            }
            catch (NatsException unanswered) when (attempt < Reads && unanswered is NatsNoReplyException or UnansweredException && !ct.IsCancellationRequested)
            {
                // Where nobody listens that is said at once.
                await Task.Delay(attempt * BeforeNextRead, Time, ct).ConfigureAwait(false);
            }
        }
    }

    private ValueTask<Stored?> GetAsync(string stream, DirectGet request, CancellationToken ct) => ReadAsync(
        stream,
        request,
        async (subject, body, ct) => Read(await _connection.RequestAsync<byte[], byte[]>(subject, body, cancellationToken: ct).ConfigureAwait(false)),
        ct);

    private ValueTask<(List<Stored> Page, ulong? After, ulong? UpTo)> BatchAsync(string stream, DirectGet request, CancellationToken ct) => ReadAsync(stream, request, BatchOnceAsync, ct);

    /// <summary>The messages of one batch, then a status that says where to go on.</summary>
    private async ValueTask<(List<Stored> Page, ulong? After, ulong? UpTo)> BatchOnceAsync(string subject, byte[] body, CancellationToken ct)
    {
        var page = new List<Stored>();
        var limits = new NatsSubOpts { StartUpTimeout = _connection.Opts.RequestTimeout, IdleTimeout = _connection.Opts.RequestTimeout, ThrowIfNoResponders = true };
        var replies = await _connection.CreateRequestSubAsync<byte[], byte[]>(subject, body, replyOpts: limits, cancellationToken: ct).ConfigureAwait(false);
        await using var ended = replies.ConfigureAwait(false);
        await foreach (var message in replies.Msgs.ReadAllAsync(ct).ConfigureAwait(false))
        {
            if (Read(message) is { } stored)
            {
                page.Add(stored);
                continue;
            }

            // 204: the end of this batch. 404: nothing (more).
            var headers = message.Headers;
            var pending = headers is { Code: 204 } && long.TryParse(headers["Nats-Num-Pending"].ToString(), CultureInfo.InvariantCulture, out var rest) ? rest : 0;
            return pending > 0 && ulong.TryParse(headers!["Nats-Last-Sequence"].ToString(), CultureInfo.InvariantCulture, out var last)
                ? (page, last + 1, ulong.TryParse(headers["Nats-UpTo-Sequence"].ToString(), CultureInfo.InvariantCulture, out var upTo) ? upTo : null)
                : (page, null, null);
        }

        throw new UnansweredException(subject);
    }

    private static Stored? Read(NatsMsg<byte[]> message)
    {
        if (message.Headers is not { Code: 0 } headers)
        {
            return message.Headers is null or { Code: 204 or 404 or 408 } ? null : throw new NatsException($"A read was refused: {message.Headers.Code} {message.Headers.MessageText}");
        }

        var sequence = ulong.Parse(headers[Header.Sequence].ToString(), CultureInfo.InvariantCulture);
        return new(headers[Header.Subject].ToString(), sequence, ServerClock.Read(headers), headers, message.Data ?? []);
    }

    private ValueTask LostAsync(object? sender, NatsEventArgs args)
    {
        if (!Volatile.Read(ref _wasLost))
        {
            Volatile.Write(ref _wasLost, true);
            LogLost(_options.Address);
        }

        return ValueTask.CompletedTask;
    }

    private ValueTask FoundAsync(object? sender, NatsEventArgs args)
    {
        if (Volatile.Read(ref _wasLost))
        {
            Volatile.Write(ref _wasLost, false);
            LogFound(_options.Address);
            Reconnected?.Invoke();
        }

        return ValueTask.CompletedTask;
    }

    private ValueTask ErredAsync(object? sender, NatsServerErrorEventArgs args)
    {
        if (args.Error.Contains("permissions violation", StringComparison.OrdinalIgnoreCase))
        {
            var text = Printable.Escape(args.Error);
            _refusal = (text, Time.GetTimestamp());
            LogRefused(_options.Address, text);
        }

        return ValueTask.CompletedTask;
    }

    [LoggerMessage(2103, LogLevel.Warning, "{Address} does not permit it: {Refusal}")]
    private partial void LogRefused(string address, string refusal);

    [LoggerMessage(2101, LogLevel.Warning, "The connection to {Address} is lost; it is tried again all the time")]
    private partial void LogLost(string address);

    [LoggerMessage(2102, LogLevel.Information, "The connection to {Address} is there again")]
    private partial void LogFound(string address);
}
