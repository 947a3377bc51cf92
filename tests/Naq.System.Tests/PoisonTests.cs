namespace Naq.System.Tests;

public sealed class PoisonTests(ITestOutputHelper output)
{
    /// <summary>The job kills its worker with signal 9, through a program that the worker allows.</summary>
    [Fact]
    public async Task A_job_that_kills_its_worker_is_quarantined_after_three_deaths_and_no_neighbour_is()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var bench = await Bench.OpenAsync(TimeSpan.FromSeconds(2), ct);
        var sleepers = await bench.EnqueueAsync("naq.sleep", """{"ms":500}""", 1000);
        var poison = (await bench.EnqueueAsync("naq.exec", """{"command":["sh","-c","kill -9 $NAQ_WORKER_PID; sleep 60"]}""", 1, new() { Priority = JobPriority.High }))[0];
        NaqProcess New() => bench.Worker(20, ["--allow-exec", "sh"]);
        var workers = Enumerable.Range(0, 4).Select(_ => New()).ToList();
        var deaths = 0;
        await bench.UntilAsync(
            async () =>
            {
                for (var i = 0; i < workers.Count; i++)
                {
                    if (workers[i].HasExited)
                    {
                        deaths++;
                        workers[i] = New();
                    }
                }

                return await bench.CountsAsync() is { Load: 0, Scheduled: 0 };
            },
            TimeSpan.FromMinutes(2), "all is done", ct);

        var job = (await bench.Jobs.FindAsync(poison, ct))!;
        output.WriteLine($"deaths {deaths}; poison: {job.State}, {job.Reason}, {job.Interruptions} interruptions");
        Assert.Equal(3, deaths);
        Assert.Equal((JobState.Dead, "poison", 3), (job.State, job.Reason, job.Interruptions));
        Assert.Equal(1, (await bench.CountsAsync()).Dead);
        var done = bench.Ledger().Select(static r => r.Id).ToHashSet();
        Assert.All(sleepers, id => Assert.Contains(id.ToString(), done));
    }
}
