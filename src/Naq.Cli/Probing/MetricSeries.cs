using System.Globalization;
using System.Text;

namespace Naq.Cli.Probing;

/// <summary>One instrument's series, in the shape of Prometheus. Safe for concurrent use.</summary>
/// <param name="name">The family's name, units and <c>_total</c> included.</param>
/// <param name="kind"><c>counter</c>, <c>gauge</c> or <c>histogram</c>.</param>
/// <param name="help">What it counts.</param>
/// <param name="isTotal">Whether each measurement is the whole value, as those of observable instruments are, and not a step.</param>
/// <param name="buckets">Upper bounds of a histogram.</param>
internal sealed class MetricSeries(string name, string kind, string? help, bool isTotal, IReadOnlyList<double> buckets)
{
    /// <summary>Names of queues and types come from outside: what is over the bound is summed up in one series.</summary>
    private const int MaxSeries = 1000;

    private static readonly Key Overflow = new("true", null, null, null);

    private readonly Lock _lock = new();
    private readonly Dictionary<Key, Value> _values = [];

    public void Record(double measurement, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var key = new Key(Text(tags, 0), Text(tags, 1), Text(tags, 2), Text(tags, 3));
        lock (_lock)
        {
            if (!_values.TryGetValue(key, out var value))
            {
                var isOver = _values.Count >= MaxSeries;
                key = isOver ? Overflow : key;
                if (!_values.TryGetValue(key, out value))
                {
                    value = new(isOver ? ["otel_metric_overflow"] : [.. tags.ToArray().Take(4).Select(static tag => MetricNames.Clean(tag.Key))], new long[buckets.Count + 1]);
                    _values.Add(key, value);
                }
            }

            value.Sum = isTotal ? measurement : value.Sum + measurement;
            value.Count++;
            value.Buckets[BucketOf(measurement)]++;
        }
    }

    public void Write(StringBuilder text)
    {
        lock (_lock)
        {
            if (_values.Count == 0)
            {
                return;
            }

            _ = text.Append("# HELP ").Append(name).Append(' ').Append(MetricNames.EscapeHelp(help ?? "")).Append('\n');
            _ = text.Append("# TYPE ").Append(name).Append(' ').Append(kind).Append('\n');
            foreach (var (labels, value) in _values.Select(static one => (Labels(one.Key, one.Value.Names), one.Value)).OrderBy(static one => one.Item1, StringComparer.Ordinal))
            {
                if (kind == "histogram")
                {
                    WriteHistogram(text, labels, value);
                }
                else
                {
                    WriteLine(text, name, labels, value.Sum);
                }
            }
        }
    }

    private void WriteHistogram(StringBuilder text, string labels, Value value)
    {
        var below = 0L;
        for (var i = 0; i <= buckets.Count; i++)
        {
            below += value.Buckets[i];
            var bound = $"le=\"{MetricNames.Number(i < buckets.Count ? buckets[i] : double.PositiveInfinity)}\"";
            WriteLine(text, name + "_bucket", labels.Length == 0 ? bound : $"{labels},{bound}", below);
        }

        WriteLine(text, name + "_sum", labels, value.Sum);
        WriteLine(text, name + "_count", labels, value.Count);
    }

    private static void WriteLine(StringBuilder text, string name, string labels, double value)
    {
        _ = text.Append(name);
        _ = labels.Length == 0 ? text : text.Append('{').Append(labels).Append('}');
        _ = text.Append(' ').Append(MetricNames.Number(value)).Append('\n');
    }

    private int BucketOf(double measurement)
    {
        var bucket = 0;
        while (bucket < buckets.Count && measurement > buckets[bucket])
        {
            bucket++;
        }

        return bucket;
    }

    private static string Labels(Key key, string[] names) =>
        string.Join(',', names.Select((name, i) => $"{name}=\"{MetricNames.EscapeValue(key.At(i) ?? "")}\""));

    private static string? Text(ReadOnlySpan<KeyValuePair<string, object?>> tags, int index) =>
        index < tags.Length ? tags[index].Value as string ?? Convert.ToString(tags[index].Value, CultureInfo.InvariantCulture) : null;

    /// <summary>The labels' values; an instrument of ours has always the same labels, and at most four.</summary>
    private readonly record struct Key(string? A, string? B, string? C, string? D)
    {
        public string? At(int index) => index switch
        {
            0 => A,
            1 => B,
            2 => C,
            _ => D,
        };
    }

    private sealed class Value(string[] names, long[] buckets)
    {
        public string[] Names { get; } = names;

        public long[] Buckets { get; } = buckets;

        public double Sum { get; set; }

        public long Count { get; set; }
    }
}
