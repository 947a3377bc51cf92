using System.Text.Json;
using System.Text.Json.Serialization;
using Naq.Brokers;

namespace Naq.Cluster;

/// <summary>Who leads, as stored under <c>leader/NAME</c>.</summary>
/// <param name="Holder">The name of the process that leads.</param>
/// <param name="Epoch">Grows with every new holder and stays over its renewals.</param>
internal sealed record LeaderRecord(string Holder, long Epoch);

/// <summary>A candidate for the lead of one thing. One caller of <see cref="CampaignAsync"/>; the properties may be read from anywhere.</summary>
/// <remarks>
/// L1: at most one candidate believes that it leads, if clocks run at the same speed: the belief ends at 80 % of a lease, counted by the
/// own monotonic clock from <em>before</em> the last renewal was sent; the stored lease is counted from after. L2: the epoch is the version of
/// the entry that took the lead, which the store never repeats, so it grows over every change of holder and survives expiry.
/// </remarks>
internal sealed class Leader(IClusterStore cluster, string name, string holder, TimeSpan lease, TimeProvider time)
{
    private readonly string _key = Key(name);
    private readonly Lock _lock = new(); // guards the three below
    private long _version;
    private long _epoch;
    private long _renewedAt;

    /// <summary>How often to campaign: a third of the lease.</summary>
    public TimeSpan Interval => lease / 3;

    /// <summary>Whether this candidate leads now, as far as it can know.</summary>
    public bool IsLeader
    {
        get
        {
            lock (_lock)
            {
                return _version != 0 && time.GetElapsedTime(_renewedAt) < lease * 0.8;
            }
        }
    }

    /// <summary>The fence of this candidate's last lead; 0: it never led.</summary>
    public long Epoch
    {
        get
        {
            lock (_lock)
            {
                return _epoch;
            }
        }
    }

    public static string Key(string name) => "leader/" + name;

    /// <summary>Reads who leads; null: nobody.</summary>
    public static async ValueTask<LeaderRecord?> WhoAsync(IClusterStore cluster, string name, CancellationToken ct) =>
        await cluster.GetAsync(Key(name), ct).ConfigureAwait(false) is { } entry
            ? JsonSerializer.Deserialize(entry.Value.Span, LeaderJson.Default.LeaderRecord)
            : null;

    /// <summary>Takes the lead where it is free, renews it where it is held, and says whether this candidate leads.</summary>
    /// <remarks>One write; two where it changes hands.</remarks>
    public async ValueTask<bool> CampaignAsync(CancellationToken ct)
    {
        long version, epoch;
        lock (_lock)
        {
            (version, epoch) = (_version, _epoch);
        }

        var sentAt = time.GetTimestamp();
        var written = version == 0 ? null : await WriteAsync(epoch, version, ct).ConfigureAwait(false);
        if (written is null && await WriteAsync(epoch: 0, ifVersion: 0, ct).ConfigureAwait(false) is { } taken)
        {
            // The epoch is known only now (L2); the second write tells it to everybody.
            epoch = taken;
            written = await WriteAsync(epoch, taken, ct).ConfigureAwait(false);
        }

        lock (_lock)
        {
            (_version, _epoch, _renewedAt) = written is { } now ? (now, epoch, sentAt) : (0, _epoch, _renewedAt);
        }

        return IsLeader;
    }

    /// <summary>Gives the lead up, so that another takes it at once.</summary>
    public async ValueTask ResignAsync(CancellationToken ct)
    {
        long version;
        lock (_lock)
        {
            (version, _version) = (_version, 0);
        }

        if (version != 0)
        {
            _ = await cluster.DeleteAsync(_key, version, ct).ConfigureAwait(false);
        }
    }

    private ValueTask<long?> WriteAsync(long epoch, long ifVersion, CancellationToken ct) =>
        cluster.PutAsync(
            _key, JsonSerializer.SerializeToUtf8Bytes(new(holder, epoch), LeaderJson.Default.LeaderRecord), ifVersion, lease, ct);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(LeaderRecord))]
internal sealed partial class LeaderJson : JsonSerializerContext;
