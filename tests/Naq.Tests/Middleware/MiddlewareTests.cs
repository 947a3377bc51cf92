using System.Text;
using System.Text.Json.Serialization;
using Microsoft.Extensions.DependencyInjection;
using Naq.Testing;
using Naq.Workers;

namespace Naq.Tests.Middleware;

public sealed class MiddlewareTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Enqueue_middleware_runs_in_order_for_every_way_to_enqueue()
    {
        await using var naq = Harness(static naq => naq.AddEnqueueMiddleware<First>().AddEnqueueMiddleware<Second>().AddEnqueueMiddleware<First>());

        var (one, _) = await naq.Jobs.EnqueueAsync(new Note("a"), ct: Ct);
        _ = await naq.Jobs.EnqueueManyAsync([new Note("b"), new Note("c")], ct: Ct);
        _ = await naq.Jobs.EnqueueRawAsync([new("test.note", """{"Text":"d"}"""u8.ToArray(), new() { Queue = "q" })], Ct);
        _ = await naq.DrainAsync(Ct);

        Assert.Equal("""{"Text":"a12"}""", Encoding.UTF8.GetString((await naq.Jobs.FindAsync(one, Ct))!.Payload.Span));
        Assert.Equal(["a12 default 1,2", "b12 default 1,2", "c12 default 1,2", "d12 q 1,2"], Log(naq).Lines);
    }

    [Fact]
    public async Task What_enqueue_middleware_makes_is_held_to_the_rules()
    {
        await using var naq = Harness(static naq => naq.AddEnqueueMiddleware<Spoiler>());

        _ = await Assert.ThrowsAsync<JobSerializationException>(async () => await naq.Jobs.EnqueueAsync(new Note("json"), ct: Ct));
        var large = await Assert.ThrowsAsync<JobSerializationException>(async () => await naq.Jobs.EnqueueAsync(new Note("large"), ct: Ct));
        var headers = await Assert.ThrowsAsync<NaqConfigurationException>(async () => await naq.Jobs.EnqueueAsync(new Note("headers"), ct: Ct));
        _ = await Assert.ThrowsAsync<InvalidOperationException>(async () => await naq.Jobs.EnqueueManyAsync([new Note("fine"), new Note("throw")], ct: Ct));

        Assert.Contains("bytes as it is stored", large.Message, StringComparison.Ordinal);
        Assert.Equal("A 'test.note' job has 2 headers of 1101 bytes; at most 16 of 1024 bytes in all are taken. Put data into the payload.", headers.Message);
        Assert.Empty(naq.Enqueued<Note>());
    }

    [Fact]
    public async Task Enqueue_middleware_may_use_the_client_that_it_serves()
    {
        await using var naq = Harness(static naq => naq.AddEnqueueMiddleware<Auditor>());

        _ = await naq.Jobs.EnqueueAsync(new Note("a"), ct: Ct);

        Assert.Equal(["a", "audit"], naq.Enqueued<Note>().Select(static note => note.Text).Order());
    }

    [Fact]
    public async Task Run_middleware_stands_around_the_handler_in_order_and_sees_the_job_inside()
    {
        await using var naq = Harness(static naq => naq.AddRunMiddleware<Note, Inner>().AddRunMiddleware<Outer>().AddRunMiddleware<Rewriter>());
        _ = await naq.Jobs.EnqueueAsync(new Note("a"), ct: Ct);

        Assert.Equal(new DrainReport(1, 0, 0, 0), await naq.DrainAsync(Ct));

        Assert.Equal(["outer begins", "inner sees a!", "a! default ", "inner ends", "outer ends"], Log(naq).Lines);
    }

    [Fact]
    public async Task Run_middleware_may_answer_in_place_of_the_handler_and_its_throw_is_a_failed_attempt()
    {
        await using var naq = Harness(static naq => naq.AddRunMiddleware<Gate>());
        var (refused, _) = await naq.Jobs.EnqueueAsync(new Note("refuse"), ct: Ct);
        _ = await naq.Jobs.EnqueueAsync(new Note("throw"), ct: Ct);
        _ = await naq.Jobs.EnqueueAsync(new Note("pass"), ct: Ct);

        Assert.Equal(new DrainReport(Succeeded: 1, Failed: 1, Dead: 1, Snoozed: 0), await naq.DrainAsync(Ct));

        Assert.Equal(["pass default "], Log(naq).Lines);
        Assert.Equal("refused", (await naq.Jobs.FindAsync(refused, Ct))!.Reason);
    }

    [Fact]
    public async Task Run_middleware_comes_from_the_scope_of_the_job()
    {
        await using var naq = Harness(static naq =>
        {
            naq.Services.AddScoped<Unit>();
            _ = naq.AddRunMiddleware<Scoped>();
        });
        _ = await naq.Jobs.EnqueueManyAsync([new Note("a"), new Note("b")], ct: Ct);

        _ = await naq.DrainAsync(Ct);

        Assert.Equal(["same", "a default ", "same", "b default "], Log(naq).Lines);
    }

    [Fact]
    public async Task A_handler_that_is_run_by_hand_is_alone()
    {
        await using var naq = Harness(static naq => naq.AddRunMiddleware<Outer>());

        _ = await naq.RunHandlerAsync(new Note("a"), ct: Ct);

        Assert.Equal(["a default "], Log(naq).Lines);
    }

    [Fact]
    public void Without_middleware_nothing_stands_around_a_handler()
    {
        var entry = new HandlerEntry<Note, Writer>();

        Assert.Same(entry, entry.Within([]));
        Assert.Same(entry, entry.Within([new InnerLayer<Other, OtherLayer>()]));
        Assert.NotSame(entry, entry.Within([new OuterLayer<Outer>()]));
    }

    private static NaqHarness Harness(Action<NaqBuilder> configure) => new(naq =>
    {
        naq.Services.AddSingleton<Journal>();
        _ = naq.AddHandler<Note, Writer>();
        configure(naq);
    });

    private static Journal Log(NaqHarness naq) => naq.Services.GetRequiredService<Journal>();
}

public sealed class Journal
{
    public IList<string> Lines { get; } = [];
}

public sealed record Note(string Text) : IJob<Note>
{
    public static JobType<Note> JobType { get; } = new("test.note", NoteJson.Default.Note, new());
}

public sealed record Other : IJob<Other>
{
    public static JobType<Other> JobType { get; } = new("test.other", NoteJson.Default.Other, new());
}

[JsonSerializable(typeof(Note))]
[JsonSerializable(typeof(Other))]
internal sealed partial class NoteJson : JsonSerializerContext;

public sealed class Writer(Journal journal) : IJobHandler<Note>
{
    public ValueTask<JobOutcome> HandleAsync(Note job, JobContext context, CancellationToken ct)
    {
        journal.Lines.Add($"{job.Text} {context.Queue} {context.Headers.GetValueOrDefault("by")}");
        return new(JobOutcome.Done);
    }
}

/// <summary>Appends its digit to the text and to the header <c>by</c>.</summary>
public abstract class Signer(char digit) : IEnqueueMiddleware
{
    public ValueTask PrepareAsync(EnqueueingJob job, CancellationToken ct)
    {
        job.Payload = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(job.Payload.Span).Replace("\"}", digit + "\"}", StringComparison.Ordinal));
        job.SetHeader("by", job.Headers.TryGetValue("by", out var before) ? $"{before},{digit}" : $"{digit}");
        return ValueTask.CompletedTask;
    }
}

public sealed class First() : Signer('1');

public sealed class Second() : Signer('2');

public sealed class Spoiler : IEnqueueMiddleware
{
    public ValueTask PrepareAsync(EnqueueingJob job, CancellationToken ct)
    {
        switch (Encoding.UTF8.GetString(job.Payload.Span))
        {
            case """{"Text":"json"}""":
                job.Payload = "{"u8.ToArray();
                break;
            case """{"Text":"large"}""":
                job.Payload = Encoding.UTF8.GetBytes($"\"{new string('x', 256 * 1024)}\"");
                break;
            case """{"Text":"headers"}""":
                job.SetHeader("large", new string('x', 1090));
                job.SetHeader("small", "y");
                break;
            case """{"Text":"throw"}""":
                throw new InvalidOperationException("on purpose");
        }

        return ValueTask.CompletedTask;
    }
}

public sealed class Auditor(IJobClient jobs) : IEnqueueMiddleware
{
    public async ValueTask PrepareAsync(EnqueueingJob job, CancellationToken ct)
    {
        if (!job.Payload.Span.SequenceEqual("""{"Text":"audit"}"""u8))
        {
            _ = await jobs.EnqueueAsync(new Note("audit"), ct: ct);
        }
    }
}

public sealed class Outer(Journal journal) : IRunMiddleware
{
    public async ValueTask<JobOutcome> RunAsync(RunningJob job, RunNext next, CancellationToken ct)
    {
        journal.Lines.Add("outer begins");
        var outcome = await next(ct);
        journal.Lines.Add("outer ends");
        return outcome;
    }
}

public sealed class Rewriter : IRunMiddleware
{
    public ValueTask<JobOutcome> RunAsync(RunningJob job, RunNext next, CancellationToken ct)
    {
        job.Payload = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(job.Payload.Span).Replace("\"}", "!\"}", StringComparison.Ordinal));
        return next(ct);
    }
}

public sealed class Inner(Journal journal) : IRunMiddleware<Note>
{
    public async ValueTask<JobOutcome> RunAsync(Note job, RunningJob running, RunNext next, CancellationToken ct)
    {
        journal.Lines.Add($"inner sees {job.Text}");
        var outcome = await next(ct);
        journal.Lines.Add("inner ends");
        return outcome;
    }
}

public sealed class OtherLayer : IRunMiddleware<Other>
{
    public ValueTask<JobOutcome> RunAsync(Other job, RunningJob running, RunNext next, CancellationToken ct) => next(ct);
}

public sealed class Gate : IRunMiddleware
{
    public ValueTask<JobOutcome> RunAsync(RunningJob job, RunNext next, CancellationToken ct) => Encoding.UTF8.GetString(job.Payload.Span) switch
    {
        """{"Text":"refuse"}""" => new(JobOutcome.Discard("refused")),
        """{"Text":"throw"}""" => throw new InvalidOperationException("on purpose"),
        _ => next(ct),
    };
}

public sealed class Unit;

public sealed class Scoped(Unit unit, Journal journal) : IRunMiddleware
{
    public ValueTask<JobOutcome> RunAsync(RunningJob job, RunNext next, CancellationToken ct)
    {
        journal.Lines.Add(ReferenceEquals(unit, job.Services.GetRequiredService<Unit>()) ? "same" : "another");
        return next(ct);
    }
}
