using System.Text.Json.Serialization;
using Microsoft.Extensions.DependencyInjection;
using Naq.Testing;

namespace Naq.Tests.Testing;

public sealed class HarnessTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_job_runs_when_the_clock_says_so()
    {
        await using var naq = Harness();
        _ = await naq.Jobs.EnqueueAsync(new Parcel("a"), new() { Delay = TimeSpan.FromHours(1) }, Ct);

        Assert.Equal([new Parcel("a")], naq.Enqueued<Parcel>());
        Assert.Equal(DrainReport.None, await naq.DrainAsync(Ct));
        naq.Advance(TimeSpan.FromHours(1));
        Assert.Equal(new DrainReport(Succeeded: 1, 0, 0, 0), await naq.DrainAsync(Ct));

        Assert.Empty(naq.Enqueued<Parcel>());
        Assert.Equal(["a"], Depot(naq).Delivered);
    }

    [Fact]
    public async Task Jobs_that_jobs_enqueue_run_in_the_same_drain()
    {
        await using var naq = Harness();
        _ = await naq.Jobs.EnqueueAsync(new Parcel("forward:b"), ct: Ct);

        Assert.Equal(new DrainReport(2, 0, 0, 0), await naq.DrainAsync(Ct));

        Assert.Equal(["forward:b", "b"], Depot(naq).Delivered);
    }

    [Fact]
    public async Task Retries_and_snoozes_run_as_time_passes()
    {
        await using var naq = Harness();
        var (failing, _) = await naq.Jobs.EnqueueAsync(new Parcel("fail"), new() { MaxAttempts = 3 }, Ct);
        _ = await naq.Jobs.EnqueueAsync(new Parcel("snooze"), ct: Ct);

        Assert.Equal(new DrainReport(0, 1, 0, 1), await naq.DrainAsync(Ct));
        Assert.Equal(new DrainReport(1, 1, 1, 0), await naq.DrainAsync(TimeSpan.FromDays(1), Ct));

        var dead = await naq.Jobs.FindAsync(failing, Ct);
        Assert.Equal((JobState.Dead, 3), (dead!.State, dead.Attempts));
        Assert.Equal(new DateTimeOffset(2030, 1, 2, 0, 0, 0, TimeSpan.Zero), naq.Time.GetUtcNow());
    }

    [Fact]
    public async Task A_job_with_a_collection_is_found_by_its_json()
    {
        await using var naq = Harness();
        _ = await naq.Jobs.EnqueueAsync(new Batch([1, 2]), ct: Ct);

        naq.AssertEnqueued(new Batch([1, 2]));

        var error = Assert.Throws<HarnessException>(() => naq.AssertEnqueued(new Batch([2, 1])));
        Assert.Equal("""No 'test.batch' job {"Numbers":[2,1]} is enqueued. There are: {"Numbers":[1,2]}""", error.Message);
    }

    [Fact]
    public async Task One_handler_runs_by_hand_with_a_made_up_context()
    {
        await using var naq = Harness();
        var context = new JobContext { Id = JobId.New(naq.Time), Type = "test.parcel", Queue = "q", Attempt = 4 };

        var outcome = await naq.RunHandlerAsync(new Parcel("attempt"), context, Ct);

        Assert.Equal(JobOutcome.Done, outcome);
        Assert.Equal(["attempt 4"], Depot(naq).Delivered);
        _ = await Assert.ThrowsAsync<InvalidOperationException>(() => naq.RunHandlerAsync(new Parcel("fail"), ct: Ct));
        var unknown = await Assert.ThrowsAsync<HarnessException>(() => naq.RunHandlerAsync(new Batch([]), ct: Ct));
        Assert.Equal("No handler is registered for 'test.batch'. Known: test.parcel.", unknown.Message);
    }

    [Fact]
    public async Task A_scope_of_a_job_is_its_own()
    {
        await using var naq = Harness();
        _ = await naq.Jobs.EnqueueManyAsync([new Parcel("a"), new Parcel("b")], ct: Ct);
        _ = await naq.DrainAsync(Ct);

        Assert.Equal(2, Depot(naq).Scopes.Distinct().Count());
    }

    [Fact]
    public async Task Ten_thousand_jobs_with_retries_run_through_a_virtual_week()
    {
        await using var naq = Harness();
        _ = await naq.Jobs.EnqueueManyAsync(Enumerable.Range(0, 10_000).Select(static n => new Parcel(n % 3 == 0 ? "once" : "x")), ct: Ct);
        var stamp = TimeProvider.System.GetTimestamp();

        var report = await naq.DrainAsync(TimeSpan.FromDays(7), Ct);

        TestContext.Current.TestOutputHelper!.WriteLine($"{TimeProvider.System.GetElapsedTime(stamp).TotalSeconds:0.00} s");
        Assert.Equal((10_000, 3334, 0, 0), (report.Succeeded, report.Failed, report.Dead, report.Snoozed));
    }

    [Fact]
    public async Task A_signal_is_waited_for_and_a_missing_one_is_said()
    {
        var signal = new TestSignal<int>();
        signal.Signal(7);

        Assert.Equal(7, await signal.WaitAsync(ct: Ct));
        _ = await Assert.ThrowsAsync<HarnessException>(() => signal.WaitAsync(TimeSpan.FromMilliseconds(20), Ct));
    }

    private static NaqHarness Harness() => new(static naq =>
    {
        naq.Services.AddSingleton<Depot>().AddScoped<Van>();
        _ = naq.AddHandler<Parcel, Courier>();
    });

    private static Depot Depot(NaqHarness naq) => naq.Services.GetRequiredService<Depot>();
}

public sealed class Depot
{
    public IList<string> Delivered { get; } = [];

    public IList<Van> Scopes { get; } = [];
}

public sealed class Van;

public sealed record Parcel(string To) : IJob<Parcel>
{
    public static JobType<Parcel> JobType { get; } = new("test.parcel", HarnessJson.Default.Parcel, new());
}

public sealed record Batch(IReadOnlyList<int> Numbers) : IJob<Batch>
{
    public static JobType<Batch> JobType { get; } = new("test.batch", HarnessJson.Default.Batch, new());
}

[JsonSerializable(typeof(Parcel))]
[JsonSerializable(typeof(Batch))]
internal sealed partial class HarnessJson : JsonSerializerContext;

public sealed class Courier(Depot depot, Van van, IJobClient jobs) : IJobHandler<Parcel>
{
    public async ValueTask<JobOutcome> HandleAsync(Parcel job, JobContext context, CancellationToken ct)
    {
        depot.Scopes.Add(van);
        switch (job.To)
        {
            case "fail":
                throw new InvalidOperationException("on purpose");
            case "once" when context.Attempt == 1:
                return JobOutcome.Retry();
            case "snooze" when context.Attempt == 1 && depot.Delivered.Count == 0:
                depot.Delivered.Add("snoozed");
                return JobOutcome.Snooze(TimeSpan.FromHours(1));
            case ['f', 'o', 'r', 'w', 'a', 'r', 'd', ':', .. var to]:
                _ = await jobs.EnqueueAsync(new Parcel(to), ct: ct);
                break;
        }

        depot.Delivered.Add(job.To == "attempt" ? $"attempt {context.Attempt}" : job.To);
        return JobOutcome.Done;
    }
}
