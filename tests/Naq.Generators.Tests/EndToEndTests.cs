using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Naq.Brokers;

namespace Naq.Generators.Tests;

/// <summary>Generated jobs and handlers at work, in memory and on SQLite.</summary>
public sealed class EndToEndTests : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly string _folder = Directory.CreateTempSubdirectory("naq-gen-").FullName;
    private readonly Seen _seen = new();
    private IHost? _host;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("memory")]
    [InlineData("sqlite")]
    public async Task Handlers_of_every_form_run_with_their_services(string broker)
    {
        var jobs = await StartAsync(broker);

        Assert.Equal(JobState.Succeeded, (await EndAsync(jobs, new Nothing("n"))).State);
        Assert.Equal(JobState.Succeeded, (await EndAsync(jobs, new InTask("t"))).State);
        Assert.Equal(JobState.Succeeded, (await EndAsync(jobs, new InValueTask("v"))).State);
        Assert.Equal((JobState.Succeeded, 2), await EndAsync(jobs, new WithOutcome("o")) is var o ? (o.State, o.Attempts) : default);
        Assert.Equal((JobState.Dead, "to"), await EndAsync(jobs, new InTaskOfOutcome("to")) is var t ? (t.State, t.Reason) : default);
        Assert.Equal((JobState.Dead, "vo"), await EndAsync(jobs, new InValueTaskOfOutcome("vo")) is var v ? (v.State, v.Reason) : default);
        Assert.Equal(["n", "run.task t True", "v True keyed True"], _seen.Notes.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("memory")]
    [InlineData("sqlite")]
    public async Task Results_come_back_in_their_type(string broker)
    {
        var jobs = await StartAsync(broker);

        int sum = await jobs.RunAsync(new Sum(2, 3), ct: Ct);
        long large = await jobs.RunAsync(new SumInTask(int.MaxValue, 1), ct: Ct);
        IReadOnlyList<Word> words = await jobs.RunAsync(new Words("to be or"), ct: Ct);

        Assert.Equal((5, 2147483648), (sum, large));
        Assert.Equal([new("to", 2), new("be", 2), new("or", 2)], words);
    }

    [Fact]
    public async Task A_job_that_ends_without_its_result_is_an_exception_that_says_why()
    {
        var jobs = await StartAsync("memory");

        var failed = await Assert.ThrowsAsync<JobFailedException>(async () => await jobs.RunAsync(new Failing("format"), ct: Ct));
        var none = await Assert.ThrowsAsync<JobSerializationException>(async () => await jobs.RunAsync(new Failing("none"), ct: Ct));
        var other = await Assert.ThrowsAsync<JobSerializationException>(async () => await jobs.RunAsync(new Failing("text"), ct: Ct));
        var late = await Assert.ThrowsAsync<TimeoutException>(async () =>
            await jobs.RunAsync(new Sum(1, 1), new() { Queue = "nobody" }, wait: TimeSpan.FromMilliseconds(1), ct: Ct));

        Assert.Equal(JobState.Dead, failed.State);
        Assert.Contains("FormatException: no such format", failed.Message, StringComparison.Ordinal);
        Assert.Contains("without a result", none.Message, StringComparison.Ordinal);
        Assert.Contains("is not a Int32", other.Message, StringComparison.Ordinal);
        Assert.Contains("had not ended", late.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task GiveUpOn_ends_the_job_with_the_first_attempt()
    {
        var jobs = await StartAsync("memory");

        var ended = await EndAsync(jobs, new Failing("format"));

        Assert.Equal((JobState.Dead, 1), (ended.State, ended.Attempts));
    }

    [Fact]
    public void AddJobs_may_be_called_twice()
    {
        var once = new NaqBuilder(new ServiceCollection()).AddTestJobs().Services.Count;

        var twice = new NaqBuilder(new ServiceCollection()).AddTestJobs().AddTestJobs().Services.Count;

        Assert.Equal(once, twice);
    }

    [Fact]
    public void Defaults_are_those_of_the_attribute()
    {
        var words = Words.JobType.Defaults;
        var failing = Failing.JobType.Defaults;

        Assert.Equal(
            new EnqueueOptions
            {
                Queue = "words", MaxAttempts = 3, Timeout = TimeSpan.FromMinutes(2), Priority = JobPriority.High, ResultTtl = TimeSpan.FromHours(1),
            },
            words);
        Assert.Equal((4, Backoff.Constant, true), (failing.MaxAttempts, failing.Retry?.Backoff, failing.Retry?.GivesUpOn(new FormatException())));
        Assert.Equal(new EnqueueOptions(), Sum.JobType.Defaults);
    }

    [Fact]
    public async Task A_key_of_two_parts_is_unique_for_its_period()
    {
        var jobs = await StartAsync("memory");

        var first = await jobs.EnqueueAsync(new OnceADay(1, "a", "first"), ct: Ct);
        _ = await jobs.WaitAsync(first.Id, Patience, Ct);
        var same = await jobs.EnqueueAsync(new OnceADay(1, "a", "second"), ct: Ct);
        var other = await jobs.EnqueueAsync(new OnceADay(1, null), ct: Ct);

        Assert.Equal(new Enqueued(first.Id, true), same);
        Assert.False(other.IsDuplicate);
    }

    [Fact]
    public void The_text_of_a_key_is_a_promise()
    {
        Assert.Equal("1|a\\|b", OnceADay.JobType.UniqueKey!(new(1, "a|b")));
        Assert.Equal("-2|", OnceADay.JobType.UniqueKey(new(-2, null)));
        Assert.Equal("2026-01-02T03:04:05.6000000+02:00", OnceAtATime.JobType.UniqueKey!(new(new(2026, 1, 2, 3, 4, 5, 600, TimeSpan.FromHours(2)))));
        Assert.Equal("7", OnceByTenant.JobType.UniqueKey!(new("x") { Tenant = 7 }));
        Assert.Null(Sum.JobType.UniqueKey);
    }

    public async ValueTask DisposeAsync()
    {
        if (_host is not null)
        {
            await _host.StopAsync(Ct);
            _host.Dispose();
        }

        Directory.Delete(_folder, recursive: true);
    }

    private async Task<IJobClient> StartAsync(string broker)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new());
        var naq = builder.AddNaq().AddTestJobs().AddWorker(["default", "words"]);
        _ = broker == "memory"
            ? naq.Services.AddSingleton(new BrokerSource("memory", static (_, _) => new(MemoryBroker.Open())))
            : naq.UseSqlite(Path.Combine(_folder, "jobs.db")).Services;
        _ = builder.Services.AddSingleton(_seen).AddScoped<PerJob>().AddKeyedSingleton("k", "keyed").AddLogging();
        _host = builder.Build();
        await _host.StartAsync(Ct);
        return _host.Services.GetRequiredService<IJobClient>();
    }

    private static async Task<JobSnapshot> EndAsync<TJob>(IJobClient jobs, TJob job) where TJob : IJob<TJob>
    {
        var (id, _) = await jobs.EnqueueAsync(job, ct: Ct);
        return await jobs.WaitAsync(id, Patience, Ct) ?? throw new TimeoutException($"{job} did not end.");
    }
}
