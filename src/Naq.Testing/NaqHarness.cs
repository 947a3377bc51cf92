using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Naq.Brokers;
using Naq.Brokers.Memory;
using Naq.Encryption;
using Naq.Telemetry;
using Naq.Workers;

namespace Naq.Testing;

/// <summary>A program's jobs in a test: enqueued into memory, run when the test says so, by a clock that the test moves. Not for concurrent use.</summary>
/// <example>
/// <code>
/// await using var naq = new NaqHarness(n => n.AddJobs());
/// await naq.Jobs.EnqueueAsync(new ResizeImage("a.png", 300), new() { Delay = TimeSpan.FromHours(1) });
/// naq.Advance(TimeSpan.FromHours(1));
/// Assert.Equal(new DrainReport(Succeeded: 1, 0, 0, 0), await naq.DrainAsync());
/// </code>
/// </example>
public sealed class NaqHarness : IAsyncDisposable
{
    private const int BatchSize = 64;

    /// <summary>A handler that waits for the harness's clock would wait for ever: real time after which that is said.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly FakeTimeProvider _time;
    private readonly Broker _broker;
    private readonly ServiceProvider _services;
    private readonly HandlerTable _handlers;
    private readonly Deadlines _deadlines;
    private readonly Attempts _attempts;
    private readonly ClaimedJob[] _claimed = new ClaimedJob[BatchSize];
    private IJobFeed? _feed;

    /// <param name="configure">Registers handlers, and the services that they need under <see cref="NaqBuilder.Services"/>.</param>
    /// <param name="start">When the harness's clock begins. Default: 1 January 2030, UTC.</param>
    /// <param name="seed">Of the jitter of retries. Default: 1.</param>
    /// <exception cref="DuplicateJobNameException">A job type has two handlers.</exception>
    public NaqHarness(Action<NaqBuilder>? configure = null, DateTimeOffset? start = null, int seed = 1)
    {
        _time = new(start ?? new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));
        _broker = MemoryBroker.Open(new(), _time);
        var services = new ServiceCollection()
            .AddSingleton<TimeProvider>(_time)
            .AddSingleton<Dependencies>()
            .AddSingleton<IJobClient>(services => new JobClient(_broker, _time, services))
            .AddLogging(static logging => logging.Services.AddSingleton<ILoggerProvider, JobLogProvider>());
        configure?.Invoke(new NaqBuilder(services));
        _services = services.BuildServiceProvider(validateScopes: true);
        Jobs = _services.GetRequiredService<IJobClient>();
        _handlers = HandlerTable.Of(_services);
        _deadlines = new(_time);
        var log = _services.GetRequiredService<ILoggerFactory>().CreateLogger(Worker.LogCategory);
        _attempts = new(
            _handlers, _services.GetRequiredService<IServiceScopeFactory>(), _deadlines, new(), new(20, _time), JobMetrics.Of(_services),
            "harness", _time, new Random(seed), log);
    }

    /// <summary>Enqueues, finds, cancels: what the program under test uses.</summary>
    public IJobClient Jobs { get; }

    /// <summary>The clock of the broker and of the services; it moves by <see cref="Advance"/> only.</summary>
    public TimeProvider Time => _time;

    /// <summary>The services that handlers get theirs from.</summary>
    public IServiceProvider Services => _services;

    /// <summary>Moves the clock on. Nothing runs by that: call <see cref="DrainAsync(CancellationToken)"/>.</summary>
    public void Advance(TimeSpan time) => _time.Advance(time);

    /// <summary>Runs every job that is due, one after the other, and those that they enqueue, until none is due.</summary>
    /// <exception cref="HarnessException">A handler has not ended within 20 s of real time.</exception>
    public async Task<DrainReport> DrainAsync(CancellationToken ct = default)
    {
        _feed ??= await _broker.Jobs.OpenFeedAsync(new([new("*")]) { Worker = "harness" }, ct).ConfigureAwait(false);
        _attempts.Enter();
        var report = DrainReport.None;
        while (true)
        {
            // Granted and withdrawn at once: what there is has been delivered, and reading does not wait.
            _feed.Grant(BatchSize);
            await _feed.StopAsync(ct).ConfigureAwait(false);
            var count = await _feed.ReadAsync(_claimed, ct).ConfigureAwait(false);
            if (count == 0)
            {
                return report;
            }

            for (var i = 0; i < count; i++)
            {
                report = report.Plus(await RunAsync(_claimed[i], ct).ConfigureAwait(false));
            }
        }
    }

    /// <summary>Lets a time pass, running each job when it is due: the clock jumps from one due time to the next.</summary>
    public async Task<DrainReport> DrainAsync(TimeSpan period, CancellationToken ct = default)
    {
        var end = _time.GetUtcNow() + period;
        var report = await DrainAsync(ct).ConfigureAwait(false);
        while (((MemoryJobStore)_broker.Jobs).NextDueAt is { } due && due <= end)
        {
            _time.Advance(due - _time.GetUtcNow());
            report = report.Plus(await DrainAsync(ct).ConfigureAwait(false));
        }

        _time.Advance(end - _time.GetUtcNow());
        return report;
    }

    /// <summary>The jobs of a type that have not run to their end, in the order of their enqueue. Blocks on nothing: everything is in memory.</summary>
    public IReadOnlyList<TJob> Enqueued<TJob>() where TJob : IJob<TJob> => FindAsync<TJob>().GetAwaiter().GetResult();

    /// <summary>Asserts that a job with the same JSON waits; for jobs with collections, which records do not compare by value.</summary>
    /// <exception cref="HarnessException">None does; the message lists those that do.</exception>
    public void AssertEnqueued<TJob>(TJob job) where TJob : IJob<TJob>
    {
        var wanted = JsonSerializer.SerializeToNode(job, TJob.JobType.Json);
        var there = Enqueued<TJob>().Select(static one => JsonSerializer.SerializeToNode(one, TJob.JobType.Json)).ToList();
        if (!there.Exists(one => JsonNode.DeepEquals(one, wanted)))
        {
            var message = new StringBuilder($"No '{TJob.JobType.Name}' job {wanted?.ToJsonString()} is enqueued.");
            _ = there.Count == 0 ? message.Append(" None of that type is.") : message.Append(" There are: ").AppendJoin(", ", there.Select(static one => one?.ToJsonString()));
            throw new HarnessException(message.ToString());
        }
    }

    /// <summary>Runs the handler of one job by hand, in a scope of its own, without middleware: nothing is enqueued or kept, and what it throws is thrown.</summary>
    /// <param name="job">The job.</param>
    /// <param name="context">What the handler shall know of it. Default: a first attempt.</param>
    /// <param name="ct">The token that the handler gets.</param>
    /// <exception cref="HarnessException">No handler is registered for this job type.</exception>
    public async Task<JobOutcome> RunHandlerAsync<TJob>(TJob job, JobContext? context = null, CancellationToken ct = default) where TJob : IJob<TJob>
    {
        var type = TJob.JobType;
        var handler = _handlers.Find(type.Name)?.Handler ?? throw new HarnessException($"No handler is registered for '{type.Name}'. Known: {string.Join(", ", _handlers.Types)}.");
        context ??= new() { Id = JobId.New(_time), Type = type.Name, Queue = type.Defaults.Queue ?? "default", EnqueuedAt = _time.GetUtcNow(), Worker = "harness" };
        var scope = _services.CreateAsyncScope();
        await using (scope.ConfigureAwait(false))
        {
            return await handler.RunAsync(scope.ServiceProvider, JobAssembly.Serialize(type, job), context, ct).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_feed is not null)
        {
            await _feed.DisposeAsync().ConfigureAwait(false);
        }

        _attempts.Dispose();
        _deadlines.Dispose();
        await _services.DisposeAsync().ConfigureAwait(false);
        await _broker.DisposeAsync().ConfigureAwait(false);
    }

    private async Task<IReadOnlyList<TJob>> FindAsync<TJob>() where TJob : IJob<TJob>
    {
        var jobs = new List<TJob>();
        var encryption = _services.GetService<PayloadEncryption>() ?? PayloadEncryption.WithoutKeys;
        await foreach (var listed in Jobs.ListAsync(new() { Type = TJob.JobType.Name }).ConfigureAwait(false))
        {
            if (!listed.State.IsFinal() && await Jobs.FindAsync(listed.Id).ConfigureAwait(false) is { } job)
            {
                var payload = encryption.Open(job.Id, job.Type, job.Payload).Payload;
                jobs.Add(JsonSerializer.Deserialize(payload.Span, TJob.JobType.Json)!); // not null: a job was written
            }
        }

        jobs.Reverse();
        return jobs;
    }

    private async ValueTask<DrainReport> RunAsync(ClaimedJob job, CancellationToken ct)
    {
        var running = _attempts.RunAsync(new Held(job, new(_broker.Jobs, _time)));
        var settlement = running.IsCompleted ? await running.ConfigureAwait(false) : await WaitAsync(job, running.AsTask(), ct).ConfigureAwait(false);
        if (settlement is not { } end)
        {
            return DrainReport.None;
        }

        _ = await _broker.Jobs.SettleAsync([end], ct).ConfigureAwait(false);
        return end.Kind switch
        {
            SettleKind.Succeed => new(1, 0, 0, 0),
            SettleKind.Retry => new(0, 1, 0, 0),
            SettleKind.Dead => new(0, 0, 1, 0),
            SettleKind.Snooze => new(0, 0, 0, 1),
            SettleKind.HandBack or SettleKind.Cancelled => DrainReport.None,
        };
    }

    private static async Task<Settlement?> WaitAsync(ClaimedJob job, Task<Settlement?> running, CancellationToken ct)
    {
        try
        {
            return await running.WaitAsync(Patience, TimeProvider.System, ct).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw new HarnessException(
                $"The handler of '{job.Type}' has not ended within {Patience} of real time. If it waits for the harness's clock, call Advance while it runs.");
        }
    }
}
