using System.Threading.Channels;
using Microsoft.Extensions.Time.Testing;
using Naq.Cli.Monitoring;

namespace Naq.Cli.Tests.Monitoring;

/// <summary>When the monitor reads, and what it shows of a broker that is away.</summary>
public sealed class MonitorLoopTests : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly WatchedTime _time = new();
    private readonly Shown _shown = new();
    private readonly CancellationTokenSource _stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);

    public MonitorLoopTests() => _stop.CancelAfter(TimeSpan.FromMinutes(1));

    [Fact]
    public async Task It_ends_after_its_count()
    {
        var running = Run(static _ => new(Reading(1)), count: 2);

        Assert.NotNull((await NextAsync()).ReadAt);
        _time.Advance(Interval);
        Assert.NotNull((await NextAsync()).ReadAt);
        await running;
    }

    [Fact]
    public async Task A_broker_that_is_away_is_shown_and_read_again()
    {
        var isAway = false;
        var running = Run(_ => isAway ? throw new BrokerUnavailableException("unplugged") : new(Reading(5)), count: null);

        Assert.Null((await NextAsync()).Fault);
        isAway = true;
        _time.Advance(Interval);
        var first = await NextAsync();
        _time.Advance(Interval);
        var second = await NextAsync();
        isAway = false;
        _time.Advance(Interval);
        var back = await NextAsync();

        Assert.Equal(("unplugged", 5), (first.Fault?.Reason, Assert.Single(first.Queues).Counts.Ready));
        Assert.Equal(first.Fault, second.Fault);
        Assert.Null(back.Fault);
        await StopAsync(running);
    }

    [Fact]
    public async Task A_broker_that_does_not_answer_is_shown_and_waited_for()
    {
        var answer = new TaskCompletionSource<MonitorReading>(TaskCreationOptions.RunContinuationsAsynchronously);
        var reads = 0;
        var running = Run(_ => ++reads == 1 ? new(answer.Task) : new(Reading(1)), count: null);

        await LosePatienceAsync();
        Assert.Equal("no answer for 2.0 s", (await NextAsync()).Fault?.Reason);
        await LosePatienceAsync();
        Assert.Equal("no answer for 4.0 s", (await NextAsync()).Fault?.Reason);
        Assert.Equal(1, reads);
        answer.SetResult(Reading(3));

        Assert.Equal(3, Assert.Single((await NextAsync()).Queues).Counts.Ready);
        await StopAsync(running);
    }

    [Fact]
    public async Task A_read_that_never_ends_does_not_keep_it()
    {
        var running = Run(
            static async ct =>
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, ct);
                return Reading(1);
            },
            count: 1);

        await LosePatienceAsync();
        Assert.NotNull((await NextAsync()).Fault);
        await running;
    }

    [Fact]
    public async Task Nothing_is_read_while_it_is_paused()
    {
        var reads = 0;
        var running = Run(_ => new(Reading(++reads)), count: null);
        await NextAsync();

        _shown.Pause(true);
        for (var i = 0; i < 3; i++)
        {
            _time.Advance(Interval);
            await _shown.AskedInVain.Reader.ReadAsync(_stop.Token);
        }

        _shown.Pause(false);
        _time.Advance(Interval);
        await NextAsync();

        Assert.Equal(2, reads);
        await StopAsync(running);
    }

    public void Dispose() => _stop.Dispose();

    private Task Run(Func<CancellationToken, ValueTask<MonitorReading>> read, int? count) =>
        new MonitorLoop(read, _shown, _time).RunAsync(Interval, count, _stop.Token);

    private ValueTask<MonitorFrame> NextAsync() => _shown.Frames.Reader.ReadAsync(_stop.Token);

    /// <summary>Lets the loop's patience end, once it has begun.</summary>
    private async Task LosePatienceAsync()
    {
        await _time.Patiences.Reader.ReadAsync(_stop.Token);
        _time.Advance(MonitorLoop.Patience);
    }

    private async Task StopAsync(Task running)
    {
        await _stop.CancelAsync();
        await running;
    }

    private static MonitorReading Reading(long ready) => new() { Queues = [new("mail") { Ready = ready }] };

    private sealed class Shown : IMonitorOutput
    {
        private volatile bool _isPaused;

        public Channel<MonitorFrame> Frames { get; } = Channel.CreateUnbounded<MonitorFrame>();

        public Channel<bool> AskedInVain { get; } = Channel.CreateUnbounded<bool>();

        public bool IsPaused => _isPaused && AskedInVain.Writer.TryWrite(true);

        public void Pause(bool isPaused) => _isPaused = isPaused;

        public void Show(MonitorFrame frame) => Assert.True(Frames.Writer.TryWrite(frame));
    }

    /// <summary>Tells when the loop begins to wait for an answer.</summary>
    private sealed class WatchedTime : FakeTimeProvider
    {
        public Channel<bool> Patiences { get; } = Channel.CreateUnbounded<bool>();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = base.CreateTimer(callback, state, dueTime, period);
            if (dueTime == MonitorLoop.Patience)
            {
                Assert.True(Patiences.Writer.TryWrite(true));
            }

            return timer;
        }
    }
}
