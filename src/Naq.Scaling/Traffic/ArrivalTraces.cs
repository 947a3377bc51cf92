using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Naq.Scaling.Traffic;

/// <summary>The traces that come with Naq, and those of files.</summary>
internal static class ArrivalTraces
{
    private const string Prefix = "traces/";
    private const double LongestSeconds = 366 * 86400.0;
    private const double MostJobs = 100e6;

    /// <summary>Unix time of a trace that does not say when it was: a Monday, so that hours and weekdays mean something.</summary>
    private static readonly double SomeMonday = new DateTimeOffset(2026, 3, 2, 0, 0, 0, TimeSpan.Zero).ToUnixTimeSeconds();

    /// <summary>The names of those that come with Naq, in order.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        .. typeof(ArrivalTraces).Assembly.GetManifestResourceNames().Where(static n => n.StartsWith(Prefix, StringComparison.Ordinal))
            .Select(static n => n[Prefix.Length..]).Order(StringComparer.Ordinal),
    ];

    /// <summary>One that comes with Naq.</summary>
    /// <exception cref="NaqConfigurationException">There is none of this name.</exception>
    public static ArrivalTrace Load(string name)
    {
        using var stream = typeof(ArrivalTraces).Assembly.GetManifestResourceStream(Prefix + name) ?? throw new NaqConfigurationException(
            $"There is no trace '{Printable.Escape(name)}'. Known: {string.Join(", ", Names)}; or name a file.");
        var trace = JsonSerializer.Deserialize(stream, TraceJson.Default.StoredTrace)!; // our own file, never "null"
        return Split(name, trace.BinS, trace.Epoch, trace.HistoryS, trace.Arrivals);
    }

    /// <summary>The match day of the World Cup 1998 that the demo plays: five hours of the opening day, 32,444 requests.</summary>
    public static ArrivalTrace MatchDay() => Load("wc98_opening").Window(from: 826_200, until: 844_200);

    /// <summary>
    /// Reads lines of <c>t_seconds,arrivals</c>, one a bin; the heading, empty lines and lines that begin with <c>#</c> are skipped. A file
    /// of the same name with <c>.json</c> beside it may say <c>epoch</c> (Unix seconds of t = 0) and <c>history_s</c> (what is not played).
    /// </summary>
    /// <exception cref="NaqConfigurationException">It cannot be read, or is not such a trace: one line that says where.</exception>
    public static ArrivalTrace ReadFile(string path)
    {
        try
        {
            var (bin, counts) = Parse(File.ReadLines(path), path);
            var beside = Path.ChangeExtension(path, ".json");
            var about = File.Exists(beside) ? ReadAbout(beside) : new();
            var trace = Split(Path.GetFileNameWithoutExtension(path), bin, about.Epoch ?? SomeMonday, about.HistoryS ?? 0, counts);
            return trace.Played.Count > 0
                ? trace
                : throw new NaqConfigurationException($"{beside}: history_s ({about.HistoryS}) leaves nothing of the trace to play.");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new NaqConfigurationException($"The trace '{path}' cannot be read: {error.Message}", error);
        }
    }

    private static (double Bin, double[] Counts) Parse(IEnumerable<string> lines, string name)
    {
        var (times, counts, total) = (new List<double>(), new List<double>(), 0.0);
        foreach (var (number, line) in lines.Index())
        {
            if (line.Length == 0 || line[0] == '#' || line.StartsWith("t_seconds", StringComparison.Ordinal))
            {
                continue;
            }

            if (line.Split(',') is not [var time, var count]
                || !double.TryParse(time, NumberStyles.Float, CultureInfo.InvariantCulture, out var at) || !double.IsFinite(at)
                || !int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out var arrivals))
            {
                throw Fault(number, $"'{line}' is not a line of a trace: t_seconds,arrivals");
            }

            if (times.Count >= 2 && Math.Abs(at - times[^1] - (times[1] - times[0])) > 1e-3 * (times[1] - times[0]))
            {
                throw Fault(number, $"t_seconds {time} is not one bin of {times[1] - times[0]} s after {times[^1]}");
            }

            total += arrivals;
            times.Add(at);
            counts.Add(arrivals);
        }

        var bin = times.Count > 1 ? times[1] - times[0] : 0;
        if (bin <= 0)
        {
            throw new NaqConfigurationException($"{name}: a trace has at least two lines, in order of time.");
        }

        return bin * counts.Count <= LongestSeconds && total <= MostJobs
            ? (bin, counts.ToArray())
            : throw new NaqConfigurationException($"{name}: a trace of {total} jobs over {bin * counts.Count} s is too much: at most 100 million and a year.");

        NaqConfigurationException Fault(int line, string what) => new($"{name}, line {line + 1}: {Printable.Escape(what)}.");
    }

    private static TraceAbout ReadAbout(string path)
    {
        try
        {
            var about = JsonSerializer.Deserialize(File.ReadAllBytes(path), TraceJson.Default.TraceAbout) ?? new();
            return about.HistoryS is null or >= 0 && about.Epoch is null or (>= 0 and <= 1e11)
                ? about
                : throw new NaqConfigurationException($"{path}: epoch and history_s must be seconds of 0 or more.");
        }
        catch (JsonException error)
        {
            throw new NaqConfigurationException($"{path}, line {error.LineNumber + 1}: epoch and history_s must be numbers of seconds.", error);
        }
    }

    private static ArrivalTrace Split(string name, double bin, double epoch, double history, double[] counts)
    {
        var first = (int)Math.Min(counts.Length, history / bin);
        return new(name, bin, epoch, counts[..first], counts[first..]);
    }
}

/// <summary>A trace as it is embedded. Source and licence are in the file, for people.</summary>
internal sealed record StoredTrace(double BinS, double Epoch, double HistoryS, double[] Arrivals);

/// <summary>What a file beside a trace says of it.</summary>
internal sealed record TraceAbout(double? Epoch = null, double? HistoryS = null);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(StoredTrace))]
[JsonSerializable(typeof(TraceAbout))]
internal sealed partial class TraceJson : JsonSerializerContext;
