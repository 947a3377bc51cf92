using System.Diagnostics.Metrics;
using System.Text;

namespace Naq.Cli.Probing;

/// <summary>All that the meter of this process counts, as Prometheus reads it. Counts from its making on.</summary>
internal sealed class MetricsPage : IDisposable
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, MetricSeries> _series = new(StringComparer.Ordinal); // by instrument
    private readonly MeterListener _listener = new();

    /// <param name="isMine">Which meters; null: every one that is called as Naq's.</param>
    public MetricsPage(Func<Meter, bool>? isMine = null)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (isMine?.Invoke(instrument.Meter) ?? instrument.Meter.Name == NaqTelemetry.MeterName)
            {
                listener.EnableMeasurementEvents(instrument, SeriesOf(instrument));
            }
        };
        _listener.SetMeasurementEventCallback<int>(static (_, value, tags, series) => ((MetricSeries)series!).Record(value, tags));
        _listener.SetMeasurementEventCallback<long>(static (_, value, tags, series) => ((MetricSeries)series!).Record(value, tags));
        _listener.SetMeasurementEventCallback<double>(static (_, value, tags, series) => ((MetricSeries)series!).Record(value, tags));
        _listener.Start();
    }

    /// <summary>The text of one scrape.</summary>
    public string Write()
    {
        _listener.RecordObservableInstruments();
        var text = new StringBuilder();
        lock (_lock)
        {
            foreach (var series in _series.Values)
            {
                series.Write(text);
            }
        }

        return text.ToString();
    }

    public void Dispose() => _listener.Dispose();

    private MetricSeries SeriesOf(Instrument instrument)
    {
        var (kind, isTotal) = instrument switch
        {
            Counter<int> or Counter<long> or Counter<double> => ("counter", false),
            ObservableCounter<int> or ObservableCounter<long> or ObservableCounter<double> => ("counter", true),
            UpDownCounter<int> or UpDownCounter<long> or UpDownCounter<double> => ("gauge", false),
            Histogram<int> or Histogram<long> or Histogram<double> => ("histogram", false),
            _ => ("gauge", true),
        };
        lock (_lock)
        {
            // The same instrument of a second meter of ours adds to the first one's.
            if (!_series.TryGetValue(instrument.Name, out var series))
            {
                var buckets = kind == "histogram" && instrument is Instrument<double> { Advice.HistogramBucketBoundaries: { } advised } ? advised : [];
                series = new(MetricNames.Of(instrument.Name, instrument.Unit, kind == "counter"), kind, instrument.Description, isTotal, buckets);
                _series.Add(instrument.Name, series);
            }

            return series;
        }
    }
}
