using System.Diagnostics.Metrics;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Naq.Telemetry;
using Naq.Testing;
using Naq.Tests.Middleware;

namespace Naq.Tests.Telemetry;

public sealed class MetricsTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Jobs_are_counted_by_queue_type_and_outcome_and_timed()
    {
        using var seen = new Seen();
        await using var naq = new NaqHarness(naq =>
        {
            naq.Services.AddSingleton<Journal>().AddSingleton(new JobMetrics(seen));
            _ = naq.AddHandler<Note, Writer>().AddRunMiddleware<Gate>();
        });
        _ = await naq.Jobs.EnqueueManyAsync([new Note("a"), new Note("b"), new Note("refuse")], new() { Queue = "mail" }, Ct);
        _ = await naq.Jobs.EnqueueAsync(new Note("throw"), new() { Queue = "cpu", MaxAttempts = 2 }, Ct);
        _ = await naq.Jobs.EnqueueAsync(new Note("a"), new() { Queue = "cpu", Unique = Unique.By("one") }, Ct);
        _ = await naq.Jobs.EnqueueAsync(new Note("a"), new() { Queue = "cpu", Unique = Unique.By("one") }, Ct);
        naq.Advance(TimeSpan.FromSeconds(3));

        _ = await naq.DrainAsync(TimeSpan.FromHours(1), Ct);

        Assert.Equal(
            [
                "naq.jobs.completed 1 outcome=dead queue=cpu type=test.note",
                "naq.jobs.completed 1 outcome=dead queue=mail type=test.note",
                "naq.jobs.completed 1 outcome=failed queue=cpu type=test.note",
                "naq.jobs.completed 1 outcome=succeeded queue=cpu type=test.note",
                "naq.jobs.completed 2 outcome=succeeded queue=mail type=test.note",
                "naq.jobs.enqueued 2 queue=cpu type=test.note",
                "naq.jobs.enqueued 3 queue=mail type=test.note",
            ],
            seen.Sums("naq.jobs."));
        Assert.Equal(["naq.job.duration 0 queue=cpu type=test.note", "naq.job.duration 0 queue=mail type=test.note"], seen.Sums("naq.job.duration"));
        Assert.Contains("naq.job.wait 9 queue=mail type=test.note", seen.Sums("naq.job.wait"));
    }

    [Fact]
    public void Names_of_metrics_and_spans_are_approved()
    {
        using var seen = new Seen();
        new JobMetrics(seen).WorkerBegins(4);
        var text = new StringBuilder("""
            # Names of metrics and spans
            Drawn from the code by `MetricsTests`; do not edit by hand. Dashboards and alerts hang on these names: a change breaks them.
            What they mean: [telemetry](../telemetry.md).

            | metric | kind | unit | meaning |
            |---|---|---|---|

            """);
        foreach (var instrument in seen.Instruments.OrderBy(static one => one.Name, StringComparer.Ordinal))
        {
            var kind = instrument.GetType().Name.Split('`')[0];
            _ = text.Append(System.Globalization.CultureInfo.InvariantCulture, $"| `{instrument.Name}` | {kind} | `{instrument.Unit}` | {instrument.Description} |\n");
        }

        _ = text.Append("\nAll other names (labels, outcomes, spans, attributes, headers):\n\n");
        foreach (var name in typeof(TelemetryNames).GetFields().Select(static field => (string)field.GetRawConstantValue()!).Distinct().Order(StringComparer.Ordinal))
        {
            _ = text.Append(System.Globalization.CultureInfo.InvariantCulture, $"- `{name}`\n");
        }

        Repository.AssertSame("docs/design/telemetry-names.md", text.ToString());
    }

    /// <summary>A meter factory whose meters only this test hears.</summary>
    private sealed class Seen : IMeterFactory
    {
        private readonly Dictionary<string, double> _sums = [];
        private readonly List<Instrument> _instruments = [];
        private readonly List<Meter> _meters = [];
        private readonly MeterListener _listener = new();
        private readonly Lock _lock = new();

        public Seen()
        {
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (_meters.Contains(instrument.Meter))
                {
                    _instruments.Add(instrument);
                    listener.EnableMeasurementEvents(instrument);
                }
            };
            _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
            _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument, value, tags));
        }

        public IReadOnlyList<Instrument> Instruments => _instruments;

        public Meter Create(MeterOptions options)
        {
            var meter = new Meter(options);
            _meters.Add(meter);
            _listener.Start();
            return meter;
        }

        public IReadOnlyList<string> Sums(string prefix)
        {
            lock (_lock)
            {
                return [.. _sums.Where(sum => sum.Key.StartsWith(prefix, StringComparison.Ordinal))
                    .Select(static sum => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{sum.Key.Split(' ')[0]} {sum.Value} {sum.Key.Split(' ', 2)[1]}"))
                    .Order(StringComparer.Ordinal)];
            }
        }

        public void Dispose()
        {
            _listener.Dispose();
            _meters.ForEach(static meter => meter.Dispose());
        }

        private void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            var key = $"{instrument.Name} {string.Join(' ', tags.ToArray().Select(static tag => $"{tag.Key}={tag.Value}").Order(StringComparer.Ordinal))}";
            lock (_lock)
            {
                _sums[key] = _sums.GetValueOrDefault(key) + value;
            }
        }
    }
}
