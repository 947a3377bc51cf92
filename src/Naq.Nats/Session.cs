using System.Collections.Concurrent;
using System.Globalization;
using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;

namespace Naq.Nats;

/// <summary>A message as a stream keeps it.</summary>
internal sealed record Stored(string Subject, ulong Sequence, NatsHeaders Headers, byte[] Body);

/// <summary>A connection with its three streams: jobs (a work queue), dead letters, and requests to cancel.</summary>
internal sealed class Session(NatsConnection connection, NatsBrokerOptions options, TimeProvider time) : IAsyncDisposable
{
    /// <summary>The server's answers to a publish whose expectation did not hold: it was another sequence, or one is under way.</summary>
    private static readonly int[] Refusals = [10071, 10164];

    private const int NoMessageFound = 10037;

    /// <summary>One day, in seconds.</summary>
    private const string CancellationsLive = "86400";

    private readonly NatsJSContext _js = new(connection);
    private readonly ConcurrentDictionary<string, NatsJSStream> _streams = new(StringComparer.Ordinal);

    public NatsConnection Connection => connection;

    public NatsJSContext JetStream => _js;

    public TimeProvider Time => time;

    public TimeSpan Lease => options.LeaseDuration;

    public Subjects Subjects { get; } = new(options.Root);

    public string JobsStream { get; } = options.Root.ToUpperInvariant() + "_JOBS";

    public string DeadStream { get; } = options.Root.ToUpperInvariant() + "_DEAD";

    private string CancelStream { get; } = options.Root.ToUpperInvariant() + "_CANCEL";

    public async ValueTask OpenAsync(CancellationToken ct)
    {
        await MakeAsync(
            new()
            {
                Name = JobsStream,
                Subjects = [Subjects.AllReady, Subjects.AllScheduled],
                Retention = StreamConfigRetention.Workqueue,
                AllowMsgTTL = true,
                AllowMsgSchedules = true,
                AllowDirect = true,
            },
            ct).ConfigureAwait(false);
        await MakeAsync(
            new()
            {
                Name = DeadStream,
                Subjects = [Subjects.AllDead],
                MaxMsgsPerSubject = 1,
                AllowDirect = true,
            },
            ct).ConfigureAwait(false);
        await MakeAsync(
            new()
            {
                Name = CancelStream,
                Subjects = [Subjects.AllCancellations],
                MaxMsgsPerSubject = 1,
                AllowMsgTTL = true,
                AllowDirect = true,
            },
            ct).ConfigureAwait(false);
    }

    /// <summary>Publishes into a stream; null: what the headers expect did not hold, and nothing was stored.</summary>
    public async ValueTask<PubAckResponse?> TryPublishAsync(string subject, byte[] body, NatsHeaders headers, CancellationToken ct)
    {
        var answer = await _js.PublishAsync(subject, body, headers: headers, cancellationToken: ct).ConfigureAwait(false);
        return answer.Error switch
        {
            null => answer,
            { } refusal when Refusals.Contains(refusal.ErrCode) => null,
            { } error => throw new NatsJSApiException(error),
        };
    }

    /// <summary>The newest job message that a filter selects; null: there is none. One round-trip.</summary>
    public async ValueTask<Stored?> LastAsync(string stream, string filter, CancellationToken ct)
    {
        var request = new StreamMsgGetRequest { LastBySubj = filter };
        var message = await _streams[stream].GetDirectAsync<byte[]>(request, cancellationToken: ct).ConfigureAwait(false);
        if (message.Headers is not { Code: 0 } headers)
        {
            return null;
        }

        var sequence = ulong.Parse(headers[Header.Sequence].ToString(), CultureInfo.InvariantCulture);
        return new(headers[Header.Subject].ToString(), sequence, headers, message.Data ?? []);
    }

    /// <summary>A job's message by id: two round-trips where it is unique, or not there.</summary>
    public async ValueTask<Stored?> FindAsync(string stream, JobId id, CancellationToken ct) =>
        await LastAsync(stream, Subjects.WithId(id), ct).ConfigureAwait(false)
            ?? await LastAsync(stream, Subjects.WithIdAndKey(id), ct).ConfigureAwait(false);

    /// <summary>Deletes one message; false: it was not there any more.</summary>
    public async ValueTask<bool> TryDeleteAsync(string stream, ulong sequence, CancellationToken ct)
    {
        try
        {
            return (await _js.DeleteMessageAsync(stream, new() { Seq = sequence }, ct).ConfigureAwait(false)).Success;
        }
        catch (NatsJSApiException gone) when (gone.Error.ErrCode == NoMessageFound)
        {
            return false;
        }
    }

    /// <summary>Asks whoever runs the job to cancel it. Lives on, for a worker that claims it later.</summary>
    public async ValueTask RequestCancelAsync(JobId id, CancellationToken ct)
    {
        var headers = new NatsHeaders { [Header.TimeToLive] = CancellationsLive };
        _ = await TryPublishAsync(Subjects.Cancellation(id), [], headers, ct).ConfigureAwait(false);
    }

    public async ValueTask<bool> IsCancelRequestedAsync(JobId id, CancellationToken ct) =>
        await LastAsync(CancelStream, Subjects.Cancellation(id), ct).ConfigureAwait(false) is not null;

    public ValueTask DisposeAsync() => connection.DisposeAsync();

    private async ValueTask MakeAsync(StreamConfig config, CancellationToken ct) =>
        _streams[config.Name!] = (NatsJSStream)await _js.CreateOrUpdateStreamAsync(config, ct).ConfigureAwait(false);
}
