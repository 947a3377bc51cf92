using Microsoft.Extensions.Time.Testing;
using Naq.Brokers;
using Naq.Cli.Monitoring;

namespace Naq.Cli.Tests.Monitoring;

/// <summary>What frames are made of.</summary>
public sealed class MonitorModelTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly MonitorModel _model;

    public MonitorModelTests() => _model = new(_time);

    private QueueFrame Mail => Assert.Single(_model.Frame.Queues);

    [Fact]
    public void Rates_are_the_difference_of_totals_over_the_time_between()
    {
        See(new("mail") { EnqueuedTotal = 100, CompletedTotal = 40 });
        Assert.Equal((null, null), (Mail.EnqueuedPerSecond, Mail.CompletedPerSecond));

        _time.Advance(TimeSpan.FromSeconds(4));
        See(new("mail") { EnqueuedTotal = 102, CompletedTotal = 60 });
        Assert.Equal((0.5, 5), (Mail.EnqueuedPerSecond, Mail.CompletedPerSecond));

        // Readings that were missed make the time longer, not the rate higher.
        _time.Advance(TimeSpan.FromSeconds(5));
        _model.Miss("away");
        _time.Advance(TimeSpan.FromSeconds(5));
        See(new("mail") { EnqueuedTotal = 102, CompletedTotal = 70 });
        Assert.Equal((0, 1), (Mail.EnqueuedPerSecond, Mail.CompletedPerSecond));
    }

    [Fact]
    public void A_queue_that_was_deleted_and_made_again_has_no_rate_at_first()
    {
        See(new("mail") { EnqueuedTotal = 100, CompletedTotal = 40 });
        _time.Advance(TimeSpan.FromSeconds(1));
        See(new("mail") { EnqueuedTotal = 1, CompletedTotal = 0 });

        Assert.Equal((null, null), (Mail.EnqueuedPerSecond, Mail.CompletedPerSecond));
    }

    [Fact]
    public void The_last_sixty_ages_are_kept()
    {
        for (var i = 0; i < 100; i++)
        {
            See(new("mail") { OldestAge = TimeSpan.FromSeconds(i) });
        }

        Assert.Equal(Enumerable.Range(40, 60).Select(static i => (double)i), Mail.Ages);
        Assert.Equal(99, Mail.PeakSeconds);
    }

    [Fact]
    public void A_broker_that_is_away_leaves_a_gap_and_what_was_seen_last()
    {
        See(new("mail") { Ready = 7, OldestAge = TimeSpan.FromSeconds(2) });
        var readAt = _model.Frame.ReadAt;
        _time.Advance(TimeSpan.FromSeconds(1));
        _model.Miss("one");
        var since = _model.Frame.Fault?.Since;
        _time.Advance(TimeSpan.FromSeconds(1));
        _model.Miss("two");

        Assert.Equal(new MonitorFault(readAt!.Value.AddSeconds(1), "two"), _model.Frame.Fault);
        Assert.Equal(since, _model.Frame.Fault!.Since);
        Assert.Equal(readAt, _model.Frame.ReadAt);
        Assert.Equal(7, Mail.Counts.Ready);
        Assert.Equal([2, double.NaN, double.NaN], Mail.Ages);
        Assert.Equal(2, Mail.PeakSeconds);

        See(new("mail"));

        Assert.Null(_model.Frame.Fault);
        Assert.Equal([2, double.NaN, double.NaN, 0], Mail.Ages);
    }

    [Fact]
    public void A_queue_that_is_gone_is_forgotten()
    {
        See(new("mail") { OldestAge = TimeSpan.FromSeconds(9) });
        _model.See(new());
        Assert.Empty(_model.Frame.Queues);

        See(new("mail"));

        Assert.Equal([0], Mail.Ages);
    }

    [Theory]
    [InlineData(new double[0], "")]
    [InlineData(new double[] { 0, 0 }, "▁▁")]
    [InlineData(new double[] { 0, 1, 2, 3, 4, 5, 6, 7 }, "▁▂▃▄▅▆▇█")]
    [InlineData(new[] { 1000, 0.001, 0 }, "█▂▁")]
    [InlineData(new[] { 3, double.NaN, 3 }, "█ █")]
    public void A_sparkline_is_as_high_as_its_highest(double[] samples, string expected) => Assert.Equal(expected, Sparkline.Of(samples));

    private void See(QueueCounts queue) => _model.See(new() { Queues = [queue] });
}
