using System.Globalization;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;
using Naq.Brokers;
using Naq.Nats.Server;
using Naq.Nats.Wire;

namespace Naq.Nats;

/// <summary>The shared map as a key-value bucket. A version is a stream sequence, so it never comes again.</summary>
/// <remarks>
/// The server's time to live has whole seconds and comes up to one late; what is over by its own header is treated as gone before.
/// Writes are plain publishes: the client's update of a key drops its time to live.
/// </remarks>
internal sealed class NatsClusterStore(Link link) : IClusterStore
{
    public async ValueTask<ClusterEntry?> GetAsync(string key, CancellationToken ct) =>
        await Failures.GuardAsync(link, ct => link.LastAsync(link.KeyStream, link.KeySubject(key), ct), ct).ConfigureAwait(false) is { } stored ? ToEntry(stored) : null;

    public ValueTask<long?> PutAsync(string key, ReadOnlyMemory<byte> value, long? ifVersion, TimeSpan? ttl, CancellationToken ct) =>
        Failures.GuardAsync(link, ct => PutOnceAsync(key, value.ToArray(), ifVersion, ttl, ct), ct);

    public ValueTask<bool> DeleteAsync(string key, long? ifVersion, CancellationToken ct) => Failures.GuardAsync(link, async ct =>
    {
        if (await link.LastAsync(link.KeyStream, link.KeySubject(key), ct).ConfigureAwait(false) is not { } stored
            || ToEntry(stored) is not { } entry || (ifVersion is { } version && version != entry.Version))
        {
            return false;
        }

        var headers = new NatsHeaders { [Header.Operation] = "DEL", [Header.ExpectedSequence] = Subjects.Sequence(stored.Sequence) };
        return await link.TryPublishAsync(stored.Subject, [], headers, ct).ConfigureAwait(false) is not null;
    }, ct);

    public ValueTask<IReadOnlyList<ClusterEntry>> ListAsync(string prefix, CancellationToken ct) => Failures.GuardAsync(link, async ct =>
    {
        var stored = await link.LastOfEachAsync(link.KeyStream, FilterOf(prefix), ct).ConfigureAwait(false);
        return (IReadOnlyList<ClusterEntry>)[.. stored.Select(ToEntry).OfType<ClusterEntry>()
            .Where(entry => IsShown(entry.Key, prefix)).OrderBy(static entry => entry.Key, StringComparer.Ordinal)];
    }, ct);

    public async IAsyncEnumerable<ClusterChange> WatchAsync(string prefix, [EnumeratorCancellation] CancellationToken ct)
    {
        var changes = Channel.CreateUnbounded<ClusterChange>(new() { SingleReader = true });
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var following = FollowAsync(prefix, changes.Writer, ended.Token);
        try
        {
            await foreach (var change in changes.Reader.ReadAllAsync(ct).ConfigureAwait(false))
            {
                yield return change;
            }
        }
        finally
        {
            await ended.CancelAsync().ConfigureAwait(false);
            await following.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>An ordered consumer over the bucket; when it breaks, another one, which begins with what is there.</summary>
    private async Task FollowAsync(string prefix, ChannelWriter<ClusterChange> changes, CancellationToken ct)
    {
        var known = new HashSet<string>(StringComparer.Ordinal);
        while (!ct.IsCancellationRequested)
        {
            try
            {
                var options = new NatsJSOrderedConsumerOpts { FilterSubjects = [FilterOf(prefix)], DeliverPolicy = ConsumerConfigDeliverPolicy.LastPerSubject };
                var consumer = await link.JetStream.CreateOrderedConsumerAsync(link.KeyStream, options, ct).ConfigureAwait(false);
                await foreach (var message in consumer.ConsumeAsync<byte[]>(cancellationToken: ct).ConfigureAwait(false))
                {
                    var headers = message.Headers ?? [];
                    var stored = new Stored(message.Subject, message.Metadata!.Value.Sequence.Stream, message.Metadata.Value.Timestamp, headers, message.Data ?? []);
                    var key = link.KeyOf(stored.Subject);
                    if (!IsShown(key, prefix))
                    {
                        continue;
                    }

                    var entry = ToEntry(stored);
                    if (entry is not null ? known.Add(key) || true : known.Remove(key))
                    {
                        _ = changes.TryWrite(new(key, entry));
                    }
                }
            }
            catch (Exception error) when (error is NatsException or TimeoutException || (error is OperationCanceledException && !ct.IsCancellationRequested))
            {
                await Task.Delay(TimeSpan.FromMilliseconds(500), link.Time, ct).ConfigureAwait(false);
            }
        }
    }

    private async ValueTask<long?> PutOnceAsync(string key, byte[] value, long? ifVersion, TimeSpan? ttl, CancellationToken ct)
    {
        var subject = link.KeySubject(key);
        while (true)
        {
            if (await link.TryPublishAsync(subject, value, HeadersOf(ttl, ifVersion), ct).ConfigureAwait(false) is { } answer)
            {
                return (long)answer.Seq;
            }

            // What was deleted or is over has left a message behind: for a write that wants nothing there, that is nothing.
            if (ifVersion != 0)
            {
                return null;
            }

            var last = await link.LastAsync(link.KeyStream, subject, ct).ConfigureAwait(false);
            if (last is not null && ToEntry(last) is not null)
            {
                return null;
            }

            if (last is not null && await link.TryPublishAsync(subject, value, HeadersOf(ttl, (long)last.Sequence), ct).ConfigureAwait(false) is { } second)
            {
                return (long)second.Seq;
            }
        }
    }

    private NatsHeaders HeadersOf(TimeSpan? ttl, long? ifVersion)
    {
        var headers = new NatsHeaders();
        if (ifVersion is { } version)
        {
            headers[Header.ExpectedSequence] = version.ToString(CultureInfo.InvariantCulture);
        }

        if (ttl is { } life)
        {
            headers[Header.TimeToLive] = ((long)Math.Max(1, Math.Ceiling(life.TotalSeconds))).ToString(CultureInfo.InvariantCulture);
            headers[Header.Until] = Envelope.Ms(link.Clock.UtcNow + life);
        }

        return headers;
    }

    private ClusterEntry? ToEntry(Stored stored)
    {
        var isGone = stored.Headers.ContainsKey(Header.Operation) || stored.Headers.ContainsKey(Header.MarkerReason)
            || Envelope.Time(stored.Headers, Header.Until) <= link.Clock.UtcNow;
        return isGone ? null : new(link.KeyOf(stored.Subject), stored.Body, (long)stored.Sequence);
    }

    /// <summary>The bucket's own notes are not part of the map.</summary>
    private static bool IsShown(string key, string prefix) =>
        key.StartsWith(prefix, StringComparison.Ordinal) && (prefix.Length > 0 || !key.StartsWith("meta/", StringComparison.Ordinal));

    /// <summary>Everything below the last whole segment of a prefix.</summary>
    private string FilterOf(string prefix) => link.KeySubject(prefix[..(prefix.LastIndexOf('/') + 1)]) + ">";
}
