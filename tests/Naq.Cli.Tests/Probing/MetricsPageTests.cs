using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text.RegularExpressions;
using Naq.Brokers;
using Naq.Cli.Probing;
using Naq.Telemetry;

namespace Naq.Cli.Tests.Probing;

public sealed partial class MetricsPageTests : IDisposable
{
    private readonly Meter _meter = new("test");

    [Fact]
    public void Each_kind_of_instrument_has_its_shape()
    {
        using var page = Page();
        var counter = _meter.CreateCounter<long>("a.counted", "{job}", "Counts\nby \\ lines.");
        counter.Add(2, new KeyValuePair<string, object?>("queue", "mail"));
        counter.Add(1, new KeyValuePair<string, object?>("queue", "mail"));
        counter.Add(5, new KeyValuePair<string, object?>("queue", "a\"b\\c\nd"));
        _meter.CreateUpDownCounter<long>("b.now").Add(4);
        _ = _meter.CreateObservableCounter("c.cpu", static () => 1.5, "s");
        _ = _meter.CreateObservableGauge("d.memory", static () => 7L, "By");
        var histogram = _meter.CreateHistogram("e.took", "s", "How long.", null, new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.1, 1] });
        histogram.Record(0.1);
        histogram.Record(0.5);
        histogram.Record(60);

        Assert.Equal(
            """
            # HELP a_counted_total Counts\nby \\ lines.
            # TYPE a_counted_total counter
            a_counted_total{queue="a\"b\\c\nd"} 5
            a_counted_total{queue="mail"} 3
            # HELP b_now 
            # TYPE b_now gauge
            b_now 4
            # HELP c_cpu_seconds_total 
            # TYPE c_cpu_seconds_total counter
            c_cpu_seconds_total 1.5
            # HELP d_memory_bytes 
            # TYPE d_memory_bytes gauge
            d_memory_bytes 7
            # HELP e_took_seconds How long.
            # TYPE e_took_seconds histogram
            e_took_seconds_bucket{le="0.1"} 1
            e_took_seconds_bucket{le="1"} 2
            e_took_seconds_bucket{le="+Inf"} 3
            e_took_seconds_sum 60.6
            e_took_seconds_count 3

            """,
            page.Write());
        Assert.Contains("c_cpu_seconds_total 1.5\n", page.Write(), StringComparison.Ordinal); // a whole value, not a step
    }

    [Fact]
    public void Series_are_bounded_and_nothing_is_lost()
    {
        using var page = Page();
        var counter = _meter.CreateCounter<long>("many");
        for (var i = 0; i < 1500; i++)
        {
            counter.Add(1, new KeyValuePair<string, object?>("queue", i.ToString(CultureInfo.InvariantCulture)));
        }

        var lines = page.Write().Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(static line => line[0] != '#').ToList();

        Assert.Equal(1001, lines.Count);
        Assert.Contains("many_total{otel_metric_overflow=\"true\"} 500", lines);
    }

    [Theory]
    [InlineData("naq.job.duration", "s", false, "naq_job_duration_seconds")]
    [InlineData("naq.jobs.enqueued", "{job}", true, "naq_jobs_enqueued_total")]
    [InlineData("naq.worker.memory", "By", false, "naq_worker_memory_bytes")]
    [InlineData("9-lives", null, false, "_9_lives")]
    [InlineData("x", "1/s", false, "x__1_s")]
    public void Names_follow_the_rules(string name, string? unit, bool isCounter, string expected) => Assert.Equal(expected, MetricNames.Of(name, unit, isCounter));

    [Theory]
    [InlineData(double.NaN, "NaN")]
    [InlineData(double.PositiveInfinity, "+Inf")]
    [InlineData(double.NegativeInfinity, "-Inf")]
    [InlineData(1e21, "1E+21")]
    [InlineData(-0.5, "-0.5")]
    public void Numbers_are_those_that_go_reads(double value, string expected) => Assert.Equal(expected, MetricNames.Number(value));

    /// <summary>The grammar of the text format, line by line, over the real instruments: a family's lines stand together under its type.</summary>
    [Fact]
    public void Every_line_of_the_real_metrics_follows_the_format()
    {
        var factory = new Factory(_meter);
        using var page = Page();
        var metrics = new JobMetrics(factory);
        metrics.WorkerBegins(4);
        var job = new ClaimedJob(new(JobId.New(TimeProvider.System), 1, 1, page), "test.job", "mail", JobPriority.Normal, default, JobSettings.Default)
        {
            Attempt = 1,
            Interruptions = 0,
            EnqueuedAt = default,
            ReadyAt = default,
        };
        metrics.Started(job, TimeSpan.FromSeconds(1));
        metrics.Ended(job, TimeSpan.FromSeconds(2), SettleKind.Succeed);

        var family = "";
        var seen = new HashSet<string>();
        foreach (var line in page.Write().TrimEnd('\n').Split('\n'))
        {
            if (Type().Match(line) is { Success: true } type)
            {
                family = type.Groups[1].Value;
                Assert.True(seen.Add(family), $"{family} stands twice");
            }
            else if (!line.StartsWith("# HELP ", StringComparison.Ordinal))
            {
                Assert.Matches(Sample(), line);
                Assert.StartsWith(family, line, StringComparison.Ordinal);
            }
        }

        Assert.Equal(
            [
                "naq_job_duration_seconds", "naq_job_wait_seconds", "naq_jobs_completed_total", "naq_worker_cpu_seconds_total", "naq_worker_memory_bytes",
                "naq_worker_slots",
            ],
            seen.Order(StringComparer.Ordinal));
    }

    public void Dispose() => _meter.Dispose();

    private MetricsPage Page() => new(meter => meter == _meter);

    [GeneratedRegex("^# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram)$")]
    private static partial Regex Type();

    [GeneratedRegex("""^[a-zA-Z_:][a-zA-Z0-9_:]*(\{([a-zA-Z_][a-zA-Z0-9_]*="([^"\\\n]|\\["\\n])*",?)*\})? (NaN|[+-]Inf|-?[0-9.]+(E[+-]?[0-9]+)?)$""")]
    private static partial Regex Sample();

    private sealed class Factory(Meter meter) : IMeterFactory
    {
        public Meter Create(MeterOptions options) => meter;

        public void Dispose()
        {
            // The test's own.
        }
    }
}
