using System.Collections.Concurrent;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;
using Naq.Brokers;
using Naq.Nats.Server;
using Naq.Nats.Wire;

namespace Naq.Nats.Queues;

/// <summary>Every queue with its settings and its durable consumers: one a lane to claim from, and two that nobody ever pulls from.</summary>
/// <remarks>
/// A consumer that covers the schedules (or dead letters) of a queue and is never pulled keeps their number in its <c>num_pending</c>: the
/// counts of every queue are some pages of consumers, however long the queues are. Consumers are made with the first job that needs them, by
/// whoever has that job, and never deleted by scaling. The list of queues is watched, so that a pause or a new queue is known at once.
/// </remarks>
internal sealed class QueueList(Link link, IClusterStore cluster) : IAsyncDisposable
{
    /// <summary>The letters of the consumers that are claimed from.</summary>
    public const string ClaimLanes = "012a";
    private const string Folder = "meta/queues/";

    /// <summary>A bound for safety only: what limits a worker is its credits.</summary>
    private const int MaxUnacknowledged = 10_000;

    private readonly ConcurrentDictionary<string, QueueRecord> _queues = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<(string Queue, char Lane), Lazy<Task>> _made = [];
    private readonly CancellationTokenSource _end = new();
    private Task _following = Task.CompletedTask;
    private int _version;

    /// <summary>Some queue is new, paused, resumed, or has got a lane.</summary>
    public event Action? Changed;

    /// <summary>Some queue is gone.</summary>
    public event Action<string>? Deleted;

    /// <summary>Grows with every change.</summary>
    public int Version => Volatile.Read(ref _version);

    public IReadOnlyDictionary<string, QueueRecord> All => _queues;

    public async ValueTask OpenAsync(CancellationToken ct)
    {
        foreach (var entry in await cluster.ListAsync(Folder, ct).ConfigureAwait(false))
        {
            _queues[entry.Key[Folder.Length..]] = QueueRecord.Read(entry.Value.Span);
        }

        _following = FollowAsync();
    }

    /// <summary>Makes a lane's consumer; nothing to do after the first time.</summary>
    public Task EnsureAsync(string queue, char lane, CancellationToken ct)
    {
        var making = _made.GetOrAdd((queue, lane), static (key, self) => new(() => self.MakeAsync(key.Queue, key.Lane)), this);
        return making.Value.IsCompletedSuccessfully ? Task.CompletedTask : AwaitAsync();

        async Task AwaitAsync()
        {
            try
            {
                await making.Value.WaitAsync(ct).ConfigureAwait(false);
            }
            catch
            {
                // The next one tries again.
                _ = _made.TryRemove(new((queue, lane), making));
                throw;
            }
        }
    }

    /// <summary>A consumer of a queue was found missing: all are made again when they are needed next.</summary>
    public void Forget(string queue)
    {
        foreach (var lane in "012asd")
        {
            _ = _made.TryRemove((queue, lane), out _);
        }
    }

    public async ValueTask ChangeAsync(string queue, Func<QueueRecord, QueueRecord> change, CancellationToken ct)
    {
        while (true)
        {
            var entry = await cluster.GetAsync(Folder + queue, ct).ConfigureAwait(false);
            var old = entry is null ? new() : QueueRecord.Read(entry.Value.Span);
            var changed = change(old);
            if ((entry is not null && changed == old) || await cluster.PutAsync(Folder + queue, changed.ToBytes(), entry?.Version ?? 0, null, ct).ConfigureAwait(false) is not null)
            {
                Learn(queue, changed);
                return;
            }
        }
    }

    /// <summary>Removes a queue's consumers and its entry. What is enqueued later makes them again.</summary>
    public async ValueTask DeleteAsync(string queue, CancellationToken ct)
    {
        var lanes = _queues.GetValueOrDefault(queue)?.Lanes ?? "";
        foreach (var lane in lanes)
        {
            try
            {
                _ = await link.JetStream.DeleteConsumerAsync(StreamOf(lane), Name(queue, lane), ct).ConfigureAwait(false);
            }
            catch (NatsJSApiException missing) when (missing.Error.Code == 404)
            {
                // Somebody else was faster.
            }
        }

        Forget(queue);
        _ = await cluster.DeleteAsync(Folder + queue, null, ct).ConfigureAwait(false);
        _ = Unlearn(queue);
        await RestoreAsync(queue, lanes, ct).ConfigureAwait(false);
    }

    public async ValueTask<ConsumerInfo> InfoAsync(string queue, char lane, CancellationToken ct) =>
        (await link.Reading.GetConsumerAsync(StreamOf(lane), Name(queue, lane), ct).ConfigureAwait(false)).Info;

    /// <summary>Says whether a message of a queue was ever delivered to a worker.</summary>
    public async ValueTask<bool> IsDeliveredAsync(Address job, ulong sequence, CancellationToken ct)
    {
        try
        {
            return (await InfoAsync(job.Queue, job.Lane, ct).ConfigureAwait(false)).Delivered.StreamSeq >= sequence;
        }
        catch (NatsJSApiException missing) when (missing.Error.Code == 404)
        {
            // Without a consumer nothing is delivered.
            return false;
        }
    }

    /// <summary>The state of every consumer of some queues: one by one where they are few, else in pages.</summary>
    public async ValueTask<List<(string Queue, char Lane, ConsumerInfo Info)>> InfosAsync(IReadOnlyList<string>? patterns, CancellationToken ct)
    {
        const int few = 4;
        if (patterns is { Count: <= few } && patterns.All(Names.IsName))
        {
            return [.. (await Task.WhenAll(patterns.Distinct(StringComparer.Ordinal).Select(ReadAsync)).ConfigureAwait(false)).SelectMany(static found => found)];
        }

        return [.. (await Task.WhenAll(ListAsync(link.JobsStream), ListAsync(link.DeadStream)).ConfigureAwait(false)).SelectMany(static found => found)];

        async Task<(string, char, ConsumerInfo)[]> ReadAsync(string queue)
        {
            // The news of a queue that another process has just made may still be on its way.
            var record = _queues.GetValueOrDefault(queue) ?? await FindAsync(queue, ct).ConfigureAwait(false);
            return await Task.WhenAll((record?.Lanes ?? "").Select(async lane => (queue, lane, await InfoAsync(queue, lane, ct).ConfigureAwait(false)))).ConfigureAwait(false);
        }

        async Task<List<(string, char, ConsumerInfo)>> ListAsync(string stream)
        {
            var found = new List<(string, char, ConsumerInfo)>();
            await foreach (var consumer in link.Reading.ListConsumersAsync(stream, ct).ConfigureAwait(false))
            {
                var (queue, lane) = Parse(consumer.Info.Name);
                if (patterns is null || patterns.Any(pattern => Names.Matches(pattern, queue)))
                {
                    found.Add((queue, lane, consumer.Info));
                }
            }

            return found;
        }
    }

    public string StreamOf(char lane) => lane == 'd' ? link.DeadStream : link.JobsStream;

    public static string Name(string queue, char lane) => $"{queue}-{lane}";

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync().ConfigureAwait(false);
        await _following.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _end.Dispose();
    }

    private static (string Queue, char Lane) Parse(string consumer) => (consumer[..^2], consumer[^1]);

    private string FilterOf(string queue, char lane) => lane switch
    {
        's' => link.Subjects.InStage(Stage.Scheduled, queue),
        'd' => link.Subjects.InStage(Stage.Dead, queue),
        _ => link.Subjects.LaneOf(queue, lane),
    };

    private async Task<QueueRecord?> FindAsync(string queue, CancellationToken ct) =>
        await cluster.GetAsync(Folder + queue, ct).ConfigureAwait(false) is { } entry ? QueueRecord.Read(entry.Value.Span) : null;

    private async Task MakeAsync(string queue, char lane)
    {
        var isClaimed = ClaimLanes.Contains(lane, StringComparison.Ordinal);
        var config = new ConsumerConfig(Name(queue, lane))
        {
            FilterSubject = FilterOf(queue, lane),
            AckPolicy = ConsumerConfigAckPolicy.Explicit,
            AckWait = isClaimed ? link.Lease : TimeSpan.FromSeconds(30),
            MaxDeliver = -1,
            MaxAckPending = lane == Address.Alone ? 1 : MaxUnacknowledged,
        };
        _ = await link.JetStream.CreateOrUpdateConsumerAsync(StreamOf(lane), config, _end.Token).ConfigureAwait(false);
        await ChangeAsync(queue, record => record.Lanes.Contains(lane, StringComparison.Ordinal) ? record : record with { Lanes = record.Lanes + lane }, _end.Token).ConfigureAwait(false);
    }

    private async Task FollowAsync()
    {
        await foreach (var change in cluster.WatchAsync(Folder, _end.Token).ConfigureAwait(false))
        {
            var queue = change.Key[Folder.Length..];
            if (change.Entry is { } entry)
            {
                Learn(queue, QueueRecord.Read(entry.Value.Span));
            }
            else if (Unlearn(queue) is { Length: > 0 } mine)
            {
                await RestoreInTimeAsync(queue, mine).ConfigureAwait(false);
            }
        }
    }

    private async Task RestoreInTimeAsync(string queue, string lanes)
    {
        while (true)
        {
            try
            {
                await RestoreAsync(queue, lanes, _end.Token).ConfigureAwait(false);
                return;
            }
            catch (Exception error) when (Failures.IsOperational(error, _end.Token) || error is BrokerUnavailableException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(500), link.Time, _end.Token).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Makes the lanes of a deleted queue again that got a job while it was deleted: without a consumer nobody would ever see it.</summary>
    private async Task RestoreAsync(string queue, string lanes, CancellationToken ct)
    {
        foreach (var lane in lanes)
        {
            if (await link.NextAsync(StreamOf(lane), FilterOf(queue, lane), 1, ct).ConfigureAwait(false) is not null)
            {
                await EnsureAsync(queue, lane, ct).ConfigureAwait(false);
            }
        }
    }

    private void Learn(string queue, QueueRecord record)
    {
        if (_queues.TryGetValue(queue, out var known) && known == record)
        {
            return;
        }

        _queues[queue] = record;
        _ = Interlocked.Increment(ref _version);
        Changed?.Invoke();
    }

    /// <summary>Forgets a queue, and says which of its lanes this process may have put jobs into.</summary>
    private string Unlearn(string queue)
    {
        var mine = string.Concat("012asd".Where(lane => _made.TryRemove((queue, lane), out _)));
        if (_queues.TryRemove(queue, out _))
        {
            Deleted?.Invoke(queue);
            _ = Interlocked.Increment(ref _version);
            Changed?.Invoke();
        }

        return mine;
    }
}
