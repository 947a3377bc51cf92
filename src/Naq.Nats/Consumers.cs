using System.Collections.Concurrent;
using System.Globalization;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;
using Naq.Brokers;

namespace Naq.Nats;

/// <summary>The durable consumers of each queue: one a class to pull from, and two that nobody ever pulls from.</summary>
/// <remarks>
/// A consumer that covers the schedules (or dead letters) of a queue and is never pulled keeps their number in its <c>num_pending</c>: the
/// counts of every queue are two pages of consumers, however long the queues are.
/// </remarks>
internal sealed class Consumers(Session session)
{
    /// <summary>A bound for safety only: what limits a worker is its credits.</summary>
    private const int MaxUnacknowledged = 10_000;

    private readonly ConcurrentDictionary<string, Lazy<Task>> _made = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<(string, JobPriority), INatsJSConsumer> _pulled = [];

    /// <summary>Makes the consumers of a queue; nothing to do after the first time.</summary>
    public Task EnsureAsync(string queue, CancellationToken ct) =>
        _made.GetOrAdd(queue, static (name, self) => new(() => self.MakeAsync(name)), this).Value.WaitAsync(ct);

    public INatsJSConsumer Of(string queue, JobPriority priority) => _pulled[(queue, priority)];

    /// <summary>Says whether a message of a queue was ever delivered to a worker.</summary>
    public async ValueTask<bool> IsDeliveredAsync(Address job, ulong sequence, CancellationToken ct)
    {
        await EnsureAsync(job.Queue, ct).ConfigureAwait(false);
        var name = Name(job.Queue, job.Priority);
        var consumer = await session.JetStream.GetConsumerAsync(session.JobsStream, name, ct).ConfigureAwait(false);
        return consumer.Info.Delivered.StreamSeq >= sequence;
    }

    public async ValueTask<IReadOnlyList<QueueCounts>> CountsAsync(CancellationToken ct)
    {
        var queues = new SortedDictionary<string, QueueCounts>(StringComparer.Ordinal);
        foreach (var stream in (string[])[session.JobsStream, session.DeadStream])
        {
            await foreach (var consumer in session.JetStream.ListConsumersAsync(stream, ct).ConfigureAwait(false))
            {
                var (kind, queue) = Parse(consumer.Info.Name);
                var counts = queues.GetValueOrDefault(queue) ?? new(queue);
                var (pending, unacknowledged) = ((long)consumer.Info.NumPending, consumer.Info.NumAckPending);
                queues[queue] = kind switch
                {
                    'j' => counts with { Ready = counts.Ready + pending, InFlight = counts.InFlight + unacknowledged },
                    's' => counts with { Scheduled = pending },
                    _ => counts with { Dead = pending },
                };
            }
        }

        return [.. queues.Values];
    }

    private async Task MakeAsync(string queue)
    {
        foreach (var priority in Enum.GetValues<JobPriority>())
        {
            var config = new ConsumerConfig(Name(queue, priority))
            {
                FilterSubject = session.Subjects.ReadyOf(queue, priority),
                AckPolicy = ConsumerConfigAckPolicy.Explicit,
                AckWait = session.Lease,
                MaxDeliver = -1,
                MaxAckPending = MaxUnacknowledged,
            };
            _pulled[(queue, priority)] = await MakeAsync(session.JobsStream, config).ConfigureAwait(false);
        }

        _ = await MakeAsync(session.JobsStream, CountOnly($"s-{queue}", session.Subjects.ScheduledOf(queue))).ConfigureAwait(false);
        _ = await MakeAsync(session.DeadStream, CountOnly($"d-{queue}", session.Subjects.DeadOf(queue))).ConfigureAwait(false);
    }

    private ValueTask<INatsJSConsumer> MakeAsync(string stream, ConsumerConfig config) =>
        session.JetStream.CreateOrUpdateConsumerAsync(stream, config);

    private static ConsumerConfig CountOnly(string name, string filter) =>
        new(name) { FilterSubject = filter, AckPolicy = ConsumerConfigAckPolicy.Explicit, MaxDeliver = -1 };

    private static string Name(string queue, JobPriority priority) =>
        string.Create(CultureInfo.InvariantCulture, $"j-{queue}-{(int)priority}");

    private static (char Kind, string Queue) Parse(string consumer) => (consumer[0], consumer[0] == 'j' ? consumer[2..^2] : consumer[2..]);
}
