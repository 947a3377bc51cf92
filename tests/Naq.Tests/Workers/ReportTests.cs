using System.Text.Json.Serialization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Naq.Brokers;
using Naq.Workers;

namespace Naq.Tests.Workers;

/// <summary>What handlers say of their jobs, through a real worker on the broker in memory.</summary>
public sealed class ReportTests : IAsyncDisposable
{
    private readonly Broker _broker = MemoryBroker.Open(new() { LeaseDuration = TimeSpan.FromSeconds(4) }, TimeProvider.System);
    private readonly JobClient _client;
    private readonly Steps _steps = new();

    public ReportTests() => _client = new(_broker, TimeProvider.System);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_handed_back_job_goes_on_where_it_was()
    {
        var (id, _) = await _client.EnqueueAsync(new Climb(3), ct: Ct);
        using (var first = Worker())
        {
            var run = first.RunAsync();
            await _steps.Reached(2);
            first.HandBackNow();
            Assert.Equal(WorkerExit.HandedBack, await run);
        }

        _steps.Open();
        using var second = Worker();
        var ending = second.RunAsync();
        var job = await _client.WaitAsync(id, TimeSpan.FromSeconds(30), Ct);
        second.Drain();
        _ = await ending;

        Assert.Equal((JobState.Succeeded, 1), (job!.State, job.Attempts));
        Assert.Equal([1, 2, 2, 3], _steps.Taken);
    }

    [Fact]
    public async Task A_job_that_obeys_the_end_of_the_drain_was_handed_back_too()
    {
        _ = await _client.EnqueueAsync(new Climb(3), ct: Ct);
        using var worker = Worker(TimeSpan.FromSeconds(1));
        var run = worker.RunAsync();
        await _steps.Reached(2);

        worker.Drain();

        Assert.Equal(WorkerExit.HandedBack, await run);
    }

    [Fact]
    public async Task A_watcher_sees_progress_and_the_end()
    {
        var (id, _) = await _client.EnqueueAsync(new Climb(2), ct: Ct);
        using var worker = Worker();
        var run = worker.RunAsync();
        var seen = new List<JobStatus>();
        await foreach (var status in _client.WatchAsync(id, Ct))
        {
            seen.Add(status);
            if (status.Progress is not null)
            {
                _steps.Open();
            }
        }

        worker.Drain();
        _ = await run;

        Assert.Contains(seen, static s => s is { State: JobState.Running, Note: "step 1", Progress: 0.5 });
        Assert.Equal(JobState.Succeeded, seen[^1].State);
        Assert.Equal(seen.Distinct(), seen);
    }

    [Fact]
    public async Task Progress_that_was_held_back_is_written_with_the_next_heartbeat()
    {
        var (id, _) = await _client.EnqueueAsync(new Chatter(), ct: Ct);
        using var worker = Worker();
        var run = worker.RunAsync();

        await foreach (var status in _client.WatchAsync(id, Ct))
        {
            if (status.Note == "last")
            {
                break;
            }
        }

        _steps.Open();
        worker.Drain();
        Assert.Equal(WorkerExit.Drained, await run);
    }

    [Fact]
    public async Task The_last_lines_that_a_handler_logs_are_kept_and_escaped()
    {
        var (id, _) = await _client.EnqueueAsync(new Talk(), new() { MaxAttempts = 1 }, Ct);
        using var worker = Worker();
        var run = worker.RunAsync();
        var ended = await _client.WaitAsync(id, TimeSpan.FromSeconds(30), Ct);
        worker.Drain();
        _ = await run;

        var lines = ended!.Log!.Split('\n');
        Assert.Equal(3, lines.Length);
        Assert.EndsWith("Information: line 3", lines[0], StringComparison.Ordinal);
        Assert.EndsWith(@"Warning: two lines \x1b[31m", lines[2], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_share_that_is_none_and_a_state_that_is_too_large_are_refused()
    {
        var context = new JobContext { Id = JobId.New(TimeProvider.System), Type = "test.t", Queue = "q" };

        _ = await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await context.ReportAsync(1.5, ct: Ct));
        _ = await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await context.ReportAsync(double.NaN, ct: Ct));
        var error = await Assert.ThrowsAsync<JobSerializationException>(
            async () => await context.CheckpointAsync(new string('x', JobContext.MaxCheckpointBytes), ReportJson.Default.String, Ct));
        Assert.Contains("65538 bytes", error.Message, StringComparison.Ordinal);
        Assert.False(context.TryResume(ReportJson.Default.String, out _));
    }

    [Fact]
    public async Task A_checkpoint_of_an_older_shape_begins_anew()
    {
        var context = new JobContext { Id = JobId.New(TimeProvider.System), Type = "test.t", Queue = "q" };
        await context.CheckpointAsync("text", ReportJson.Default.String, Ct);

        Assert.False(context.TryResume(ReportJson.Default.Int32, out _));
        Assert.True(context.TryResume(ReportJson.Default.String, out var text));
        Assert.Equal("text", text);
    }

    public ValueTask DisposeAsync() => _broker.DisposeAsync();

    private Worker Worker(TimeSpan? drainTimeout = null)
    {
        var services = new ServiceCollection().AddSingleton(_steps).AddLogging(static logging => logging.Services.AddSingleton<ILoggerProvider, JobLogProvider>()).BuildServiceProvider();
        var handlers = new HandlerTable([new HandlerEntry<Climb, Climber>(), new HandlerEntry<Chatter, Chatterer>(), new HandlerEntry<Talk, Talker>()]);
        var options = new WorkerOptions { Concurrency = 2, DrainTimeout = drainTimeout ?? TimeSpan.FromSeconds(20), LogLines = 3 };
        return new(_broker, handlers, [new("default")], options, services, TimeProvider.System, new Random(1), services.GetRequiredService<ILoggerFactory>());
    }
}

/// <summary>Steps that handlers take; from the second on they wait until the test opens the way.</summary>
public sealed class Steps
{
    private readonly TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _second = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<int> _taken = [];

    public IReadOnlyList<int> Taken => _taken;

    public Task Reached(int step) => step == 2 ? _second.Task.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System) : throw new ArgumentOutOfRangeException(nameof(step));

    public void Open() => _open.TrySetResult();

    public async Task TakeAsync(int step, CancellationToken ct)
    {
        _taken.Add(step);
        if (step >= 2)
        {
            _ = _second.TrySetResult();
            await _open.Task.WaitAsync(ct);
        }
    }

    public Task OpenedAsync(CancellationToken ct) => _open.Task.WaitAsync(ct);
}

public sealed record Climb(int Steps) : IJob<Climb>
{
    public static JobType<Climb> JobType { get; } = new("test.climb", ReportJson.Default.Climb, new());
}

public sealed record Chatter : IJob<Chatter>
{
    public static JobType<Chatter> JobType { get; } = new("test.chatter", ReportJson.Default.Chatter, new());
}

public sealed record Talk : IJob<Talk>
{
    public static JobType<Talk> JobType { get; } = new("test.talk", ReportJson.Default.Talk, new());
}

[JsonSerializable(typeof(Climb))]
[JsonSerializable(typeof(Chatter))]
[JsonSerializable(typeof(Talk))]
[JsonSerializable(typeof(int))]
[JsonSerializable(typeof(string))]
internal sealed partial class ReportJson : JsonSerializerContext;

public sealed class Climber(Steps steps) : IJobHandler<Climb>
{
    public async ValueTask<JobOutcome> HandleAsync(Climb job, JobContext context, CancellationToken ct)
    {
        var step = context.TryResume(ReportJson.Default.Int32, out var done) ? done : 0;
        while (++step <= job.Steps)
        {
            await steps.TakeAsync(step, ct);
            await context.ReportAsync((double)step / job.Steps, $"step {step}", ct);
            await context.CheckpointAsync(step, ReportJson.Default.Int32, ct);
        }

        return JobOutcome.Done;
    }
}

public sealed class Chatterer(Steps steps) : IJobHandler<Chatter>
{
    public async ValueTask<JobOutcome> HandleAsync(Chatter job, JobContext context, CancellationToken ct)
    {
        await context.ReportAsync(0.1, "first", ct);
        await context.ReportAsync(0.2, "last", ct);
        await steps.OpenedAsync(ct);
        return JobOutcome.Done;
    }
}

public sealed partial class Talker(ILogger<Talker> log) : IJobHandler<Talk>
{
    public ValueTask<JobOutcome> HandleAsync(Talk job, JobContext context, CancellationToken ct)
    {
        for (var i = 1; i <= 4; i++)
        {
            LogLine(i);
        }

        LogDetail();
        LogForeign("two\nlines \u001b[31m");
        throw new InvalidOperationException("on purpose");
    }

    [LoggerMessage(1, LogLevel.Information, "line {Number}")]
    private partial void LogLine(int number);

    [LoggerMessage(2, LogLevel.Debug, "not kept")]
    private partial void LogDetail();

    [LoggerMessage(3, LogLevel.Warning, "{Text}")]
    private partial void LogForeign(string text);
}
