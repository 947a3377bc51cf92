using System.Globalization;
using System.Text.Json;
using Naq.Brokers;
using Naq.Nats.Queues;
using Naq.Nats.Records;
using Naq.Nats.Server;

namespace Naq.Nats;

/// <summary>What <c>naq doctor</c> says about a NATS broker.</summary>
internal static class Diagnosis
{
    private static readonly TimeSpan TolerableSkew = TimeSpan.FromMilliseconds(500);

    public static async ValueTask<IReadOnlyList<Finding>> OfAsync(Link link, QueueList queues, History history, IClusterStore cluster, long stalls, CancellationToken ct)
    {
        var server = link.Connection.ServerInfo;
        var account = (await link.JetStream.GetAccountInfoAsync(ct).ConfigureAwait(false));
        await link.Clock.MeasureAsync(ct).ConfigureAwait(false);
        var jobs = await link.InfoAsync(link.JobsStream, ct).ConfigureAwait(false);
        var events = await link.InfoAsync(link.EventStream, ct).ConfigureAwait(false);
        var drift = await Topology.DriftAsync(link, ct).ConfigureAwait(false);
        var infos = await queues.InfosAsync(null, ct).ConfigureAwait(false);
        var idle = infos.Where(static info => QueueList.ClaimLanes.Contains(info.Lane, StringComparison.Ordinal) && info.Info is { NumPending: > 0, NumWaiting: 0, NumAckPending: 0 })
            .Select(static info => info.Queue).Distinct(StringComparer.Ordinal).ToList();
        var workers = (await cluster.ListAsync("workers/", ct).ConfigureAwait(false)).Count;
        var (limit, used) = ((long)account.Limits.MaxStorage, (long)account.Storage);
        return
        [
            new("server", Severity.Ok, $"nats-server {server?.Version} at {link.Options.Address}, payloads up to {Megabytes(server?.MaxPayload ?? 0)}"),
            await DurabilityAsync(link, (int)jobs.Config.NumReplicas, jobs.Config.Storage == NATS.Client.JetStream.Models.StreamConfigStorage.Memory, ct).ConfigureAwait(false),
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
            idle.Count > 0 && workers == 0
                ? new("consumers", Severity.Warning, $"no worker is registered, and jobs wait in {string.Join(", ", idle.Take(5))}")
                : new("consumers", Severity.Ok, $"{infos.Count} of {queues.All.Count} queues, {workers} workers"),
            stalls == 0
                ? new("stalls", Severity.Ok, "none in this process")
                : new("stalls", Severity.Warning, $"{stalls} times jobs waited in a queue that had been thought empty"),
            new("history", Severity.Ok, $"read up to {history.UpTo} of {events.State.LastSeq}"),
            new("lease", Severity.Ok, string.Create(CultureInfo.InvariantCulture, $"{link.Lease.TotalSeconds:0.###} s")),
        ];
    }

    private static async ValueTask<Finding> DurabilityAsync(Link link, int replicas, bool isInMemory, CancellationToken ct)
    {
        const string name = "durability";
        if (isInMemory)
        {
            return new(name, Severity.Warning, "streams are in memory: an acknowledged job survives nothing but the death of workers");
        }

        if (replicas >= 3)
        {
            return new(name, Severity.Ok, $"{replicas} copies: an acknowledged job survives the loss of {replicas / 2} of these servers, disk and all; put them where they do not lose power together");
        }

        return await SyncsAlwaysAsync(link, ct).ConfigureAwait(false) switch
        {
            true => new(name, Severity.Ok, "one copy, synced before it is acknowledged (sync_interval: always): survives loss of power, not of the disk"),
            false => new(name, Severity.Warning, "one copy, synced now and then: an acknowledged job survives the death of every process, not loss of power. Set sync_interval: always, or use three replicas."),
            null => new(name, Severity.Warning, "one copy; whether it is synced before it is acknowledged cannot be seen from here (set NAQ_NATS_MONITOR_URL). By default the server syncs every two minutes: loss of power then loses acknowledged jobs."),
        };
    }

    /// <summary>What the server's monitoring endpoint says of its syncs; null: there is none that this process was told of, or it does not answer.</summary>
    private static async ValueTask<bool?> SyncsAlwaysAsync(Link link, CancellationToken ct)
    {
        if (link.Options.MonitorUrl is not { } monitor)
        {
            return null;
        }

        try
        {
            using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(5), MaxResponseContentBufferSize = 1 << 20 };
            using var document = JsonDocument.Parse(await http.GetByteArrayAsync(new Uri(monitor, "/varz"), ct).ConfigureAwait(false));
            return document.RootElement.TryGetProperty("jetstream", out var jetStream) && jetStream.TryGetProperty("config", out var config)
                ? config.TryGetProperty("sync_always", out var always) && always.GetBoolean()
                : null;
        }
        catch (Exception error) when (error is HttpRequestException or JsonException or TaskCanceledException)
        {
            return null;
        }
    }

    private static string Megabytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:0.#} MB");

    private static string Milliseconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds:0.#} ms");
}
