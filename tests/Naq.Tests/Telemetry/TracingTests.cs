using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Naq.Telemetry;
using Naq.Testing;
using Naq.Tests.Middleware;

namespace Naq.Tests.Telemetry;

/// <summary>Spans are the process's: each test looks at those of its own queue only.</summary>
public sealed class TracingTests : IDisposable
{
    private readonly string _queue = "q" + Guid.NewGuid().ToString("N");
    private readonly List<Activity> _ended = [];
    private readonly Lock _lock = new();
    private readonly ActivityListener _listener;

    public TracingTests()
    {
        _listener = new()
        {
            ShouldListenTo = static source => source.Name == NaqTelemetry.SourceName,
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = Keep,
        };
        ActivitySource.AddActivityListener(_listener);
    }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_first_attempt_is_a_child_of_its_enqueue_and_the_enqueue_of_its_caller()
    {
        await using var naq = Harness();
        using var caller = new Activity("caller").SetIdFormat(ActivityIdFormat.W3C).Start();
        var (id, _) = await naq.Jobs.EnqueueAsync(new Note("a"), new() { Queue = _queue }, Ct);
        caller.Stop();

        _ = await naq.DrainAsync(Ct);

        var (enqueue, process) = (Spans("enqueue").Single(), Spans("process").Single());
        Assert.Equal(caller.SpanId, enqueue.ParentSpanId);
        Assert.Equal((enqueue.TraceId, enqueue.SpanId), (process.TraceId, process.ParentSpanId));
        Assert.Equal(enqueue.SpanId, process.Links.Single().Context.SpanId);
        Assert.Equal((ActivityKind.Producer, ActivityKind.Consumer), (enqueue.Kind, process.Kind));
        Assert.Equal(
            $"messaging.destination.name={_queue} messaging.message.id={id} messaging.operation.name=enqueue messaging.operation.type=send messaging.system=naq naq.job.type=test.note",
            Tags(enqueue));
        Assert.Equal(
            $"messaging.client.id=harness messaging.destination.name={_queue} messaging.message.id={id} messaging.operation.name=process messaging.operation.type=process "
            + "messaging.system=naq naq.job.attempt=1 naq.job.outcome=succeeded naq.job.type=test.note",
            Tags(process));
        Assert.Equal(ActivityStatusCode.Unset, process.Status);
    }

    [Fact]
    public async Task A_retry_is_a_trace_of_its_own_with_a_link_and_failures_are_said()
    {
        await using var naq = Harness(static naq => naq.AddRunMiddleware<Gate>());
        _ = await naq.Jobs.EnqueueAsync(new Note("throw"), new() { Queue = _queue, MaxAttempts = 2 }, Ct);

        _ = await naq.DrainAsync(TimeSpan.FromHours(1), Ct);

        var enqueue = Spans("enqueue").Single();
        var attempts = Spans("process");
        Assert.Equal(2, attempts.Count);
        Assert.NotEqual(enqueue.TraceId, attempts[1].TraceId);
        Assert.Equal(default, attempts[1].ParentSpanId);
        Assert.Equal(enqueue.SpanId, attempts[1].Links.Single().Context.SpanId);
        Assert.All(attempts, static attempt => Assert.Equal(
            (ActivityStatusCode.Error, "InvalidOperationException: on purpose", "System.InvalidOperationException"),
            (attempt.Status, attempt.StatusDescription, attempt.GetTagItem("error.type"))));
        Assert.Equal(["failed", "dead"], attempts.Select(static attempt => attempt.GetTagItem("naq.job.outcome")));
    }

    [Fact]
    public async Task A_batch_has_one_span_that_all_its_jobs_follow()
    {
        await using var naq = Harness();
        _ = await naq.Jobs.EnqueueManyAsync([new Note("a"), new Note("b")], new() { Queue = _queue }, Ct);

        _ = await naq.DrainAsync(Ct);

        var enqueue = Spans("enqueue").Single();
        Assert.Equal(2, enqueue.GetTagItem("messaging.batch.message_count"));
        Assert.Null(enqueue.GetTagItem("messaging.message.id"));
        Assert.All(Spans("process"), process => Assert.Equal(enqueue.SpanId, process.ParentSpanId));
    }

    [Fact]
    public async Task A_refused_enqueue_is_an_error()
    {
        await using var naq = Harness(static naq => naq.AddEnqueueMiddleware<Spoiler>());

        _ = await Assert.ThrowsAsync<InvalidOperationException>(async () => await naq.Jobs.EnqueueAsync(new Note("throw"), new() { Queue = _queue }, Ct));

        Assert.Equal((ActivityStatusCode.Error, "System.InvalidOperationException"), (Spans("enqueue").Single().Status, Spans("enqueue").Single().GetTagItem("error.type")));
    }

    [Fact]
    public void A_context_of_the_callers_own_stays_and_one_that_does_not_fit_is_left_out()
    {
        using var span = new Activity("span").SetIdFormat(ActivityIdFormat.W3C).Start();
        span.TraceStateString = new('s', 500);

        Assert.Equal(["traceparent", "tracestate"], Marked(span, []).Keys.Order());
        Assert.Equal("mine", Marked(span, new() { ["traceparent"] = "mine" })["traceparent"]);
        Assert.Equal(["large", "traceparent"], Marked(span, new() { ["large"] = new('x', 700) }).Keys.Order());
        Assert.Equal(["large"], Marked(span, new() { ["large"] = new('x', 1000) }).Keys);
    }

    [Fact]
    public async Task A_context_that_is_not_one_is_ignored()
    {
        await using var naq = Harness();
        _ = await naq.Jobs.EnqueueAsync(new Note("a"), new() { Queue = _queue, Headers = new Dictionary<string, string> { ["traceparent"] = "nonsense" } }, Ct);

        _ = await naq.DrainAsync(Ct);

        Assert.Equal(default, Spans("process").Single().ParentSpanId);
        Assert.Empty(Spans("process").Single().Links);
    }

    public void Dispose() => _listener.Dispose();

    private static IReadOnlyDictionary<string, string> Marked(Activity span, Dictionary<string, string> headers)
    {
        var job = JobAssembly.Assemble("test.note", "{}"u8.ToArray(), null, new() { Headers = headers }, TimeProvider.System);
        return JobTracing.Mark([job], span)[0].Settings.Headers!;
    }

    private static NaqHarness Harness(Action<NaqBuilder>? configure = null) => new(naq =>
    {
        naq.Services.AddSingleton<Journal>();
        _ = naq.AddHandler<Note, Writer>();
        configure?.Invoke(naq);
    });

    private static string Tags(Activity span) => string.Join(' ', span.TagObjects.Select(static tag => $"{tag.Key}={tag.Value}").Order(StringComparer.Ordinal));

    private List<Activity> Spans(string operation)
    {
        lock (_lock)
        {
            return [.. _ended.Where(span => span.OperationName == $"{operation} {_queue}")];
        }
    }

    private void Keep(Activity activity)
    {
        lock (_lock)
        {
            _ended.Add(activity);
        }
    }
}
