using System.Globalization;
using NATS.Client.Core;
using NATS.Client.JetStream.Models;
using Naq.Brokers;
using Naq.Cluster;
using Naq.Nats.Queues;
using Naq.Nats.Records;
using Naq.Nats.Server;

namespace Naq.Nats;

/// <summary>What <c>naq doctor</c> says about a NATS broker.</summary>
internal sealed class Diagnosis(Link link, QueueList queues, QueueReport report, History history, IClusterStore cluster)
{
    /// <summary>A payload of 256 KiB with its headers.</summary>
    private const int LargestJob = 300_000;

    private static readonly TimeSpan TolerableSkew = TimeSpan.FromMilliseconds(500);

    public async ValueTask<IReadOnlyList<Finding>> ReadAsync(long stalls, CancellationToken ct)
    {
        var server = link.Connection.ServerInfo;
        var account = await link.JetStream.GetAccountInfoAsync(ct).ConfigureAwait(false);
        await link.Clock.MeasureAsync(ct).ConfigureAwait(false);
        var jobs = await link.InfoAsync(link.JobsStream, ct).ConfigureAwait(false);
        var events = await link.InfoAsync(link.EventStream, ct).ConfigureAwait(false);
        var drift = await Topology.DriftAsync(link, ct).ConfigureAwait(false);
        var infos = await queues.InfosAsync(null, ct).ConfigureAwait(false);
        var counts = (await report.ReadAsync(null, ct).ConfigureAwait(false)).ToDictionary(static queue => queue.Queue, StringComparer.Ordinal);
        var workers = await WorkerRegistry.ListAsync(cluster, ct).ConfigureAwait(false);
        var behind = await history.ReadOnAsync(ct).ConfigureAwait(false);
        var (limit, used) = ((long)account.Limits.MaxStorage, (long)account.Storage);
        return
        [
            Server(link, server),
            Durability(link, jobs, await SyncInterval.ReadAsync(link.Options.MonitorUrl, ct).ConfigureAwait(false) is { } interval ? interval == TimeSpan.Zero : null),
            Copies(jobs),
            Consumers(account, jobs),
            limit > 0 && used > 0.9 * limit
                ? new("storage", Severity.Error, $"{Megabytes(used)} of {Megabytes(limit)} used: enqueues will be refused soon. Free some, or raise the account's limit.")
                : new("storage", Severity.Ok, limit > 0 ? $"{Megabytes(used)} of {Megabytes(limit)} used" : $"{Megabytes(used)} used, no limit for the account"),
            link.Options.MaxBytes is { } bound && jobs.State.Bytes > 0.9 * bound
                ? new("jobs", Severity.Error, $"{Megabytes((long)jobs.State.Bytes)} of {Megabytes(bound)}: enqueues will be refused soon")
                : new("jobs", Severity.Ok, $"{jobs.State.Messages} that wait or run, {Megabytes((long)jobs.State.Bytes)}"),
            link.Clock.Offset.Duration() > TolerableSkew
                ? new("clock", Severity.Warning, $"the server's clock differs by {Milliseconds(link.Clock.Offset)}: lists and delays may be off by as much. Let both follow NTP.")
                : new("clock", Severity.Ok, $"the server's differs by {Milliseconds(link.Clock.Offset)} (within {Milliseconds(link.Clock.Error)})"),
            drift.Count == 0
                ? new("streams", Severity.Ok, "as this version makes them")
                : new("streams", Severity.Warning, string.Join("; ", drift)),
            Attendance.Served(infos, workers),
            Attendance.Delivered(infos, counts, workers, stalls),
            new("history", Severity.Ok, $"{behind} of {events.State.Messages} messages were still to be read, now read to the end ({history.UpTo})"),
            new("lease", Severity.Ok, string.Create(CultureInfo.InvariantCulture, $"{link.Lease.TotalSeconds:0.###} s")),
        ];
    }

    private static Finding Server(Link link, INatsServerInfo? server)
    {
        var text = $"nats-server {server?.Version} at {link.Options.Address}, payloads up to {Megabytes(server?.MaxPayload ?? 0)}";
        return server?.MaxPayload < LargestJob
            ? new("server", Severity.Warning, $"{text}: jobs of up to {Megabytes(LargestJob)} are allowed and will be refused. Raise max_payload.")
            : new("server", Severity.Ok, text);
    }

    /// <summary>What an acknowledged job survives.</summary>
    private static Finding Durability(Link link, StreamInfo jobs, bool? syncsAlways)
    {
        const string name = "durability";
        return (IsInMemory: jobs.Config.Storage == StreamConfigStorage.Memory, Replicas: (int)jobs.Config.NumReplicas, syncsAlways) switch
        {
            (true, _, _) => new(name, Severity.Warning, "streams are in memory: an acknowledged job survives the death of workers, not of the server"),
            (_, >= 3 and var copies, true) => new(name, Severity.Ok, $"{copies} copies, each synced before it is acknowledged: survives the loss of {(copies - 1) / 2} of these servers, disk and all, and of power everywhere"),
            (_, >= 3 and var copies, _) => new(name, Severity.Ok, $"{copies} copies: survives the loss of {(copies - 1) / 2} of these servers, disk and all; put them where they do not lose power together"),
            (_, 2, _) => new(name, Severity.Warning, "two copies: survives the loss of one disk, but the loss of either server stops everything. Use one or three."),
            (_, _, true) => new(name, Severity.Ok, "one copy, synced before it is acknowledged (sync_interval: always): survives the death of processes and loss of power, not of the disk"),
            (_, _, false) => new(name, Severity.Warning, "one copy, synced now and then: survives the death of every process, not loss of power. Set sync_interval: always, or use three replicas."),
            (_, _, null) => new(name, Severity.Warning, $"one copy; whether it is synced before it is acknowledged cannot be seen {(link.Options.MonitorUrl is null ? "from here (set NAQ_NATS_MONITOR_URL)" : $"at {link.Options.MonitorUrl.GetLeftPart(UriPartial.Authority)}")}. By default the server syncs every two minutes: loss of power then loses acknowledged jobs."),
        };
    }

    /// <summary>Whether every copy of the jobs is there and up to date.</summary>
    private static Finding Copies(StreamInfo jobs)
    {
        const string name = "replicas";
        var behind = (jobs.Cluster?.Replicas ?? []).Where(static peer => peer.Offline || !peer.Current).Select(static peer => Printable.Escape(peer.Name)).ToList();
        return behind.Count > 0
            ? new(name, Severity.Warning, $"{string.Join(", ", behind)} lacks the newest jobs or is away: until it is back, less is survived than said above")
            : new(name, Severity.Ok, jobs.Config.NumReplicas > 1 ? $"all {jobs.Config.NumReplicas} are up to date, led by {Printable.Escape(jobs.Cluster?.Leader ?? "?")}" : "one");
    }

    /// <summary>The server holds the account's limit against each stream by itself.</summary>
    private static Finding Consumers(AccountInfoResponse account, StreamInfo jobs)
    {
        const string name = "limits";
        var (most, has) = ((long)account.Limits.MaxConsumers, (long)jobs.State.ConsumerCount);
        return most > 0 && has > 0.9 * most
            ? new(name, Severity.Warning, $"{has} of {most} consumers that the account allows a stream exist: each queue needs one for each priority it has seen, and one each for scheduled and dead jobs. Raise the limit before new queues are refused.")
            : new(name, Severity.Ok, most > 0 ? $"{has} of {most} consumers" : $"{has} consumers, no limit for the account");
    }

    private static string Megabytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:0.#} MB");

    private static string Milliseconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds:0.#} ms");
}
