namespace Naq.System.Tests;

/// <summary>Workers that leak are replaced before they reach their limit: nothing is cut off, nothing runs twice.</summary>
public sealed class RecycleTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData("--max-memory", "200MB")]
    [InlineData("--max-jobs", "100")]
    public async Task A_leaking_worker_is_replaced_and_no_job_runs_twice(string option, string limit)
    {
        const int jobs = 400;
        var ct = TestContext.Current.CancellationToken;
        await using var bench = await Bench.OpenAsync(TimeSpan.FromSeconds(10), ct);
        _ = await bench.EnqueueAsync("naq.memory", """{"mb":1,"ms":60,"leak":true}""", jobs);

        var worker = bench.Worker(4, [option, limit]);
        await bench.UntilIdleAsync(TimeSpan.FromMinutes(3), ct);
        worker.Signal(15);
        await worker.ExitedAsync(ct);

        var replaced = worker.Errors.Split('\n').Count(static line => line.Contains("wants to be replaced", StringComparison.Ordinal));
        output.WriteLine($"{option} {limit}: {replaced} replacements");
        Assert.Equal(0, worker.ExitCode);
        Assert.True(replaced >= 2, worker.Errors);
        var ended = 0;
        await foreach (var job in bench.Jobs.ListAsync(ct: ct))
        {
            Assert.Equal((JobState.Succeeded, 1, 0), (job.State, job.Attempts, job.Interruptions));
            ended++;
        }

        Assert.Equal(jobs, ended);
    }

    [Fact]
    public async Task A_worker_that_begins_near_its_limit_stays_and_says_so()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var bench = await Bench.OpenAsync(TimeSpan.FromSeconds(10), ct);
        _ = await bench.EnqueueAsync("naq.sleep", """{"ms":10}""", 100);

        var worker = bench.Worker(4, ["--max-memory", "20MB"]);
        await bench.UntilIdleAsync(TimeSpan.FromMinutes(1), ct);
        var registered = Assert.Single(await Cluster.WorkerRegistry.ListAsync(bench.Broker.Cluster, ct));
        worker.Signal(15);
        await worker.ExitedAsync(ct);

        Assert.Equal(1, registered.Troubles!["too_large_from_the_start"]);
        Assert.Contains("near its limit of 20000000", worker.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("wants to be replaced", worker.Errors, StringComparison.Ordinal);
        Assert.Single(bench.Ledger().Select(static run => run.Pid).Distinct());
    }
}
