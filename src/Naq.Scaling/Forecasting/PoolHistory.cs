using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Naq.Brokers;

namespace Naq.Scaling.Forecasting;

/// <summary>A pool's arrivals, kept in the cluster store so that restarts and new leaders go on. One caller.</summary>
/// <remarks>
/// <c>history/POOL/fine/DAY</c> holds a day in minutes, <c>history/POOL/coarse/WEEK</c> a week in quarters of an hour. At most one write of
/// each a minute, at most about 12 kB. What came while nobody looked is known in sum, by the broker's counter, and spread over a short gap;
/// a longer gap stays unknown.
/// </remarks>
internal sealed class PoolHistory(IClusterStore cluster, string pool)
{
    private const double SavePeriod = 60;
    private const double DaySeconds = 86400;
    private const double WeekSeconds = 7 * DaySeconds;

    private long? _arrived;
    private double _seenAt;
    private double _savedAt;

    public ArrivalHistory Arrivals { get; private set; } = ArrivalHistory.Empty;

    private string FinePrefix => $"history/{pool}/fine/";

    private string CoarsePrefix => $"history/{pool}/coarse/";

    /// <summary>Takes over what the last leader kept.</summary>
    public async ValueTask LoadAsync(double epoch, CancellationToken ct)
    {
        var fine = await ReadAsync(FinePrefix, ct).ConfigureAwait(false);
        var coarse = await ReadAsync(CoarsePrefix, ct).ConfigureAwait(false);
        var newest = fine.Count > 0 ? fine[^1] : null;
        Arrivals = new(
            Join(fine, ArrivalHistory.FineSeconds, epoch, ArrivalHistory.FineBins),
            Join(coarse, ArrivalHistory.CoarseSeconds, epoch, ArrivalHistory.CoarseBins),
            newest?.Until);
        (_arrived, _seenAt, _savedAt) = (newest?.ArrivedTotal, newest?.Until ?? epoch, epoch);
    }

    /// <summary>Adds what arrived since the last look, by the broker's counter. One that fell began anew and says nothing this time.</summary>
    public void Look(double epoch, long arrivedTotal)
    {
        Arrivals.Add(epoch, Math.Max(0, arrivedTotal - (_arrived ?? arrivedTotal)));
        (_arrived, _seenAt) = (arrivedTotal, epoch);
    }

    /// <summary>Writes what is new, once a minute.</summary>
    public async ValueTask SaveAsync(double epoch, CancellationToken ct)
    {
        if (_arrived is null || (epoch >= _savedAt && epoch - _savedAt < SavePeriod))
        {
            return;
        }

        await WriteAsync(FinePrefix, Arrivals.Fine, DaySeconds, ArrivalHistory.FineBins, epoch, ct).ConfigureAwait(false);
        await WriteAsync(CoarsePrefix, Arrivals.Coarse, WeekSeconds, ArrivalHistory.CoarseBins, epoch, ct).ConfigureAwait(false);
        _savedAt = epoch;
    }

    private async ValueTask WriteAsync(string prefix, ArrivalBins bins, double chunkSeconds, int most, double epoch, CancellationToken ct)
    {
        // The chunk of the last save may have got its last bins since.
        var last = Math.Floor(_seenAt / chunkSeconds);
        for (var chunk = Math.Max(last - 1, Math.Floor(_savedAt / chunkSeconds)); chunk <= last; chunk++)
        {
            if (Cut(bins, chunk * chunkSeconds, chunkSeconds) is { } stored)
            {
                var bytes = JsonSerializer.SerializeToUtf8Bytes(stored, HistoryJson.Default.StoredBins);
                _ = await cluster.PutAsync(Key(prefix, chunk), bytes, ifVersion: null, ttl: null, ct).ConfigureAwait(false);
            }
        }

        if (Math.Floor(_savedAt / chunkSeconds) != last)
        {
            await ForgetAsync(prefix, Key(prefix, Math.Floor((epoch - (most * bins.Seconds)) / chunkSeconds)), ct).ConfigureAwait(false);
        }
    }

    private async ValueTask ForgetAsync(string prefix, string before, CancellationToken ct)
    {
        foreach (var entry in await cluster.ListAsync(prefix, ct).ConfigureAwait(false))
        {
            if (string.CompareOrdinal(entry.Key, before) < 0)
            {
                _ = await cluster.DeleteAsync(entry.Key, ifVersion: null, ct).ConfigureAwait(false);
            }
        }
    }

    private StoredBins? Cut(ArrivalBins bins, double from, double seconds)
    {
        var first = Math.Max(bins.Start, bins.BinAt(from));
        var end = Math.Min(bins.End, bins.BinAt(from + seconds));
        return first >= end
            ? null
            : new(bins.EpochOf(first), _seenAt, _arrived ?? 0, [.. Enumerable.Range(first, end - first).Select(bin => Rounded(bins[bin]))]);
    }

    private static double? Rounded(double? jobs) => jobs is { } known ? Math.Round(known, 1) : null;

    private async ValueTask<IReadOnlyList<StoredBins>> ReadAsync(string prefix, CancellationToken ct)
    {
        var entries = await cluster.ListAsync(prefix, ct).ConfigureAwait(false);
        return
        [
            .. entries.Select(static e => JsonSerializer.Deserialize(e.Value.Span, HistoryJson.Default.StoredBins)).OfType<StoredBins>()
                .OrderBy(static c => c.First),
        ];
    }

    private static ArrivalBins Join(IReadOnlyList<StoredBins> chunks, double seconds, double epoch, int most)
    {
        var first = chunks.Count > 0 ? chunks[0].First : Math.Floor(epoch / seconds) * seconds;
        var bins = new ArrivalBins(seconds, first, most);
        foreach (var chunk in chunks)
        {
            for (var gap = bins.BinAt(chunk.First + (seconds / 2)); bins.End < gap;)
            {
                bins.Append(null);
            }

            foreach (var jobs in chunk.Jobs)
            {
                bins.Append(jobs);
            }
        }

        return bins;
    }

    private static string Key(string prefix, double chunk) => prefix + Math.Max(0, chunk).ToString("00000", CultureInfo.InvariantCulture);
}

/// <summary>A stretch of bins as it is kept.</summary>
/// <param name="First">Unix seconds at its beginning.</param>
/// <param name="Until">Unix seconds of the last look.</param>
/// <param name="ArrivedTotal">The broker's counter then.</param>
/// <param name="Jobs">Arrivals; null: unknown.</param>
internal sealed record StoredBins(double First, double Until, long ArrivedTotal, ImmutableArray<double?> Jobs);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(StoredBins))]
internal sealed partial class HistoryJson : JsonSerializerContext;
