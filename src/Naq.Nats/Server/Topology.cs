using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;
using Naq.Brokers;

namespace Naq.Nats.Server;

/// <summary>The streams: made where they are missing, checked where they are there, never changed.</summary>
internal static partial class Topology
{
    private const int NotFound = 10059;
    private const int NameInUse = 10058;

    private static readonly TimeSpan DefaultLease = TimeSpan.FromSeconds(30);

    /// <summary>How long an enqueue in doubt can be repeated with the same id.</summary>
    private static readonly TimeSpan DuplicateWindow = TimeSpan.FromMinutes(2);

    public static async ValueTask EnsureAsync(Link link, NatsBrokerOptions options, ILogger log, CancellationToken ct)
    {
        foreach (var wanted in Streams(link, options))
        {
            var found = await GetOrMakeAsync(link, wanted, ct).ConfigureAwait(false);
            var differences = Compare(wanted, found).ToList();
            if (differences.Where(static d => d.IsStructural).Select(static d => d.Text).ToList() is { Count: > 0 } wrong)
            {
                throw new NaqConfigurationException(
                    $"Stream {wanted.Name} at {options.Address} is not as Naq makes it: {string.Join("; ", wrong)}. Use another prefix, or delete the stream if it holds nothing of value.");
            }

            foreach (var difference in differences)
            {
                LogDiffers(log, wanted.Name!, difference.Text);
            }
        }
    }

    /// <summary>What differs between the streams as they are and as these options would make them.</summary>
    public static async ValueTask<List<string>> DriftAsync(Link link, CancellationToken ct)
    {
        var drift = new List<string>();
        foreach (var wanted in Streams(link, link.Options))
        {
            try
            {
                var found = (await link.InfoAsync(wanted.Name!, ct).ConfigureAwait(false)).Config;
                drift.AddRange(Compare(wanted, found).Select(difference => $"{wanted.Name}: {difference.Text}"));
            }
            catch (NatsJSApiException missing) when (missing.Error.ErrCode == NotFound)
            {
                drift.Add($"{wanted.Name} is missing");
            }
        }

        return drift;
    }

    /// <summary>Deletes the streams, and with them every job, consumer and setting under the prefix.</summary>
    public static async ValueTask DeleteAsync(Link link, CancellationToken ct)
    {
        foreach (var stream in (string[])[link.JobsStream, link.DeadStream, link.RecordStream, link.EventStream, link.CounterStream, link.KeyStream])
        {
            try
            {
                _ = await link.JetStream.DeleteStreamAsync(stream, ct).ConfigureAwait(false);
            }
            catch (NatsJSApiException missing) when (missing.Error.ErrCode == NotFound)
            {
                // It was never made.
            }
        }
    }

    /// <summary>The broker's lease: kept in it since it was first opened.</summary>
    public static async ValueTask<TimeSpan> AgreeOnLeaseAsync(IClusterStore cluster, TimeSpan? asked, CancellationToken ct)
    {
        const string key = "meta/lease";

        // Looked at first: whoever may only read needs no right to write where it is there.
        var entry = await cluster.GetAsync(key, ct).ConfigureAwait(false);
        if (entry is null)
        {
            var mine = Encoding.ASCII.GetBytes(((long)(asked ?? DefaultLease).TotalMilliseconds).ToString(CultureInfo.InvariantCulture));
            _ = await cluster.PutAsync(key, mine, 0, null, ct).ConfigureAwait(false);
            entry = await cluster.GetAsync(key, ct).ConfigureAwait(false);
        }

        var kept = entry is null ? asked ?? DefaultLease : TimeSpan.FromMilliseconds(long.Parse(Encoding.ASCII.GetString(entry.Value.Span), CultureInfo.InvariantCulture));
        return asked is null || asked == kept
            ? kept
            : throw new LeaseMismatchException($"This broker has a lease of {Quantity(kept)}, and this process asks for {Quantity(asked.Value)}. Start every worker with the same lease, or without one.");
    }

    private static string Quantity(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.###}s");

    private static IEnumerable<StreamConfig> Streams(Link link, NatsBrokerOptions options)
    {
        var (subjects, storage) = (link.Subjects, options.InMemory ? StreamConfigStorage.Memory : StreamConfigStorage.File);
        yield return new()
        {
            Name = link.JobsStream,
            Subjects = [subjects.AllReady, subjects.AllScheduled, subjects.AllWaiting, subjects.AllKeys],
            Retention = StreamConfigRetention.Workqueue,

            // No bound: with schedules the server refuses to discard the new, and discarding the old would lose jobs. Producers keep the bound.
            Discard = StreamConfigDiscard.Old,
            AllowMsgTTL = true,
            AllowMsgSchedules = true,
            AllowAtomicPublish = true,
            AllowDirect = true,
            DuplicateWindow = DuplicateWindow,
            Storage = storage,
            NumReplicas = options.Replicas,

            // What schedules fire is told to idle workers by the server. What processes store, they tell: a stream that repeats every job stores half as many.
            Republish = new() { Src = subjects.AllFired, Dest = subjects.FiredHints, HeadersOnly = true },
        };
        yield return new()
        {
            Name = link.DeadStream,
            Subjects = [subjects.AllDead],
            MaxMsgsPerSubject = 1,
            MaxMsgs = options.MaxDead,
            MaxAge = options.KeepDead,
            AllowDirect = true,
            DuplicateWindow = DuplicateWindow,
            Storage = storage,
            NumReplicas = options.Replicas,
        };
        yield return new()
        {
            Name = link.RecordStream,
            Subjects = [subjects.AllResults, subjects.AllCancelled, subjects.AllCancellations, subjects.AllReports],
            MaxMsgsPerSubject = 1,
            MaxMsgs = options.MaxFinished,
            MaxAge = options.KeepFinished,
            AllowMsgTTL = true,
            AllowDirect = true,
            DuplicateWindow = DuplicateWindow,
            Storage = storage,
            NumReplicas = options.Replicas,
        };
        yield return new()
        {
            Name = link.EventStream,
            Subjects = [subjects.Events],
            MaxMsgs = options.MaxFinished,
            MaxAge = options.KeepFinished,
            AllowDirect = true,
            DuplicateWindow = DuplicateWindow,
            Storage = storage,
            NumReplicas = options.Replicas,
        };
        yield return new()
        {
            Name = link.CounterStream,
            Subjects = [subjects.AllCounters],
            MaxMsgsPerSubject = 1,
            AllowMsgCounter = true,
            AllowDirect = true,
            Storage = storage,
            NumReplicas = options.Replicas,
        };
        yield return new()
        {
            Name = link.KeyStream,
            Subjects = [$"$KV.{options.Prefix}.>"],
            MaxMsgsPerSubject = 1,
            Discard = StreamConfigDiscard.New,
            AllowRollupHdrs = true,
            DenyDelete = true,
            AllowMsgTTL = true,
            SubjectDeleteMarkerTTL = TimeSpan.FromMinutes(1),
            AllowDirect = true,
            DuplicateWindow = DuplicateWindow,
            Storage = storage,
            NumReplicas = options.Replicas,
        };
    }

    /// <summary>Two processes may make it at once: whoever comes second takes what is there.</summary>
    private static async ValueTask<StreamConfig> GetOrMakeAsync(Link link, StreamConfig wanted, CancellationToken ct)
    {
        try
        {
            return (await link.InfoAsync(wanted.Name!, ct).ConfigureAwait(false)).Config;
        }
        catch (NatsJSApiException missing) when (missing.Error.ErrCode == NotFound)
        {
            try
            {
                return (await link.JetStream.CreateStreamAsync(wanted, ct).ConfigureAwait(false)).Info.Config;
            }
            catch (NatsJSApiException taken) when (taken.Error.ErrCode == NameInUse)
            {
                return (await link.InfoAsync(wanted.Name!, ct).ConfigureAwait(false)).Config;
            }
        }
    }

    private static IEnumerable<(bool IsStructural, string Text)> Compare(StreamConfig wanted, StreamConfig found)
    {
        var lists = (Subjects(wanted), Subjects(found));
        if (lists.Item1 != lists.Item2)
        {
            yield return (true, $"its subjects are {lists.Item2}, not {lists.Item1}");
        }

        (bool, string, object?, object?)[] settings =
        [
            (true, "retention", wanted.Retention, found.Retention),
            (true, "allow_msg_ttl", wanted.AllowMsgTTL, found.AllowMsgTTL),
            (true, "allow_msg_schedules", wanted.AllowMsgSchedules, found.AllowMsgSchedules),
            (true, "allow_msg_counter", wanted.AllowMsgCounter, found.AllowMsgCounter),
            (true, "allow_direct", wanted.AllowDirect, found.AllowDirect),
            (true, "republish", wanted.Republish?.Dest, found.Republish?.Dest),
            (true, "max_msgs_per_subject", Math.Max(0, wanted.MaxMsgsPerSubject), Math.Max(0, found.MaxMsgsPerSubject)),
            (true, "discard", wanted.Discard, found.Discard),
            (false, "storage", wanted.Storage, found.Storage),
            (false, "num_replicas", wanted.NumReplicas, found.NumReplicas),
            (true, "max_bytes", Math.Max(0, wanted.MaxBytes), Math.Max(0, found.MaxBytes)),
            (false, "max_msgs", Math.Max(0, wanted.MaxMsgs), Math.Max(0, found.MaxMsgs)),
            (false, "max_age", wanted.MaxAge, found.MaxAge),
        ];
        foreach (var (isStructural, name, expected, actual) in settings)
        {
            if (!Equals(expected, actual))
            {
                yield return (isStructural, $"{name} is {Show(actual)}, not {Show(expected)}");
            }
        }
    }

    private static string Subjects(StreamConfig config) => string.Join(' ', (config.Subjects ?? []).Order(StringComparer.Ordinal));

    private static string Show(object? value) => value is null ? "off" : Printable.Escape(Convert.ToString(value, CultureInfo.InvariantCulture));

    [LoggerMessage(2110, LogLevel.Warning, "Stream {Stream} differs from this process's options and is left as it is: {Difference}")]
    private static partial void LogDiffers(ILogger log, string stream, string difference);
}
