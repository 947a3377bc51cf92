using NATS.Client.JetStream.Models;
using Naq.Nats.Server;

namespace Naq.Cli.Benchmarks.Raw;

/// <summary>
/// The least that JetStream must keep for what Naq promises: a work queue on files with a subject for each job and one durable consumer; a
/// stream of what ended; a stream of results; and another work queue with a consumer for each of many queues. Everything beyond (schedules, dead
/// letters, uniqueness, hints to idle workers) is left out.
/// </summary>
internal sealed class RawStreams(Link link)
{
    private static readonly TimeSpan DuplicateWindow = TimeSpan.FromMinutes(2);

    private readonly string _prefix = link.Options.Prefix;

    /// <summary>One queue, whose consumer takes whatever is there.</summary>
    public RawWork Jobs { get; } = new(link.Options.Prefix + "-raw-jobs", [BenchPlace.Queue]);

    /// <summary>Many queues with a consumer each.</summary>
    public RawWork QueuedJobs { get; } = new(link.Options.Prefix + "-raw-queues", Load.InManyQueues.Queues);

    public string Endings => $"{_prefix}.raw.e";

    /// <summary>Where a consumer of another process says when a job arrived; nothing of it is kept.</summary>
    public string Arrivals => $"{_prefix}.raw.a";

    public string Job(RawWork work, string queue, string id) => $"{_prefix}.raw.{(work == Jobs ? 'j' : 'q')}.{queue}.1.{id}";

    public string Result(string id) => $"{_prefix}.raw.r.{id}";

    public async ValueTask MakeAsync(CancellationToken ct)
    {
        await MakeAsync(Jobs, ct).ConfigureAwait(false);
        await MakeAsync(QueuedJobs, ct).ConfigureAwait(false);
        await MakeAsync(_prefix + "-raw-endings", Endings, StreamConfigRetention.Limits, ct).ConfigureAwait(false);
        await MakeAsync(_prefix + "-raw-results", Result("*"), StreamConfigRetention.Limits, ct).ConfigureAwait(false);
    }

    public async ValueTask DeleteAsync(CancellationToken ct)
    {
        foreach (var stream in (string[])[Jobs.Stream, QueuedJobs.Stream, _prefix + "-raw-endings", _prefix + "-raw-results"])
        {
            _ = await link.JetStream.DeleteStreamAsync(stream, ct).ConfigureAwait(false);
        }
    }

    private async ValueTask MakeAsync(RawWork work, CancellationToken ct)
    {
        await MakeAsync(work.Stream, Job(work, "*", "*"), StreamConfigRetention.Workqueue, ct).ConfigureAwait(false);
        foreach (var queue in work.Queues)
        {
            var consumer = new ConsumerConfig(queue)
            {
                AckPolicy = ConsumerConfigAckPolicy.Explicit,
                FilterSubject = work.Queues.Count == 1 ? null : Job(work, queue, "*"),
                MaxAckPending = 10_000,
                MaxDeliver = -1,
            };
            _ = await link.JetStream.CreateOrUpdateConsumerAsync(work.Stream, consumer, ct).ConfigureAwait(false);
        }
    }

    private async ValueTask MakeAsync(string name, string subject, StreamConfigRetention retention, CancellationToken ct) =>
        _ = await link.JetStream.CreateStreamAsync(
            new(name, [subject]) { Retention = retention, Storage = StreamConfigStorage.File, NumReplicas = link.Options.Replicas, DuplicateWindow = DuplicateWindow },
            ct).ConfigureAwait(false);
}

/// <summary>A work queue of the raw engine.</summary>
/// <param name="Stream">Where its jobs are.</param>
/// <param name="Queues">Its queues; a durable consumer of the same name takes the jobs of each.</param>
internal sealed record RawWork(string Stream, IReadOnlyList<string> Queues)
{
    /// <summary>How many of some jobs are in a queue: as many in each.</summary>
    public int Part(int jobs, int queue) => (jobs + queue) / Queues.Count;
}
