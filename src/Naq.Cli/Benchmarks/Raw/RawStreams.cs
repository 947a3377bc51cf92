using NATS.Client.JetStream.Models;
using Naq.Nats.Server;

namespace Naq.Cli.Benchmarks.Raw;

/// <summary>
/// The least that JetStream must keep for what Naq promises: a work queue on files with a subject for each job and one durable consumer; a
/// stream of what ended; a stream of results. Everything beyond (schedules, dead letters, uniqueness, hints to idle workers) is left out.
/// </summary>
internal sealed class RawStreams(Link link)
{
    public const string Consumer = "raw";

    private static readonly TimeSpan DuplicateWindow = TimeSpan.FromMinutes(2);

    private readonly string _prefix = link.Options.Prefix;

    public string Jobs { get; } = link.Options.Prefix + "-raw-jobs";

    public string Endings => $"{_prefix}.raw.e";

    public string Job(string id) => $"{_prefix}.raw.j.{BenchPlace.Queue}.1.{id}";

    public string Result(string id) => $"{_prefix}.raw.r.{id}";

    public async ValueTask MakeAsync(CancellationToken ct)
    {
        await MakeAsync(Jobs, Job("*"), StreamConfigRetention.Workqueue, ct).ConfigureAwait(false);
        await MakeAsync(_prefix + "-raw-endings", Endings, StreamConfigRetention.Limits, ct).ConfigureAwait(false);
        await MakeAsync(_prefix + "-raw-results", Result("*"), StreamConfigRetention.Limits, ct).ConfigureAwait(false);
        var consumer = new ConsumerConfig(Consumer) { AckPolicy = ConsumerConfigAckPolicy.Explicit, MaxDeliver = -1, MaxAckPending = 10_000 };
        _ = await link.JetStream.CreateOrUpdateConsumerAsync(Jobs, consumer, ct).ConfigureAwait(false);
    }

    public async ValueTask DeleteAsync(CancellationToken ct)
    {
        foreach (var stream in (string[])[Jobs, _prefix + "-raw-endings", _prefix + "-raw-results"])
        {
            _ = await link.JetStream.DeleteStreamAsync(stream, ct).ConfigureAwait(false);
        }
    }

    private async ValueTask MakeAsync(string name, string subject, StreamConfigRetention retention, CancellationToken ct) =>
        _ = await link.JetStream.CreateStreamAsync(
            new(name, [subject]) { Retention = retention, Storage = StreamConfigStorage.File, NumReplicas = link.Options.Replicas, DuplicateWindow = DuplicateWindow },
            ct).ConfigureAwait(false);
}
