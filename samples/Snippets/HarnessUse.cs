using Microsoft.Extensions.DependencyInjection;
using Naq;
using Naq.Testing;

namespace Snippets;

public static class HarnessUse
{
    public static async Task TimeAsync()
    {
        await using var naq = new NaqHarness(n => n.AddJobs().Services.AddSingleton<IBlobs, FakeBlobs>());
        await naq.Jobs.EnqueueAsync(new ResizeImage("a.png"), new() { Delay = TimeSpan.FromHours(1) });

        Console.WriteLine(naq.Enqueued<ResizeImage>()[0] == new ResizeImage("a.png")); // True
        Console.WriteLine(await naq.DrainAsync()); // nothing is due
        naq.Advance(TimeSpan.FromHours(1));
        Console.WriteLine(await naq.DrainAsync()); // one has succeeded
    }

    public static async Task WeekAsync(NaqHarness naq)
    {
        var report = await naq.DrainAsync(TimeSpan.FromDays(7));

        Console.WriteLine($"{report.Succeeded} done, {report.Failed} failed attempts, {report.Dead} given up, {report.Snoozed} put off");
    }

    public static void Scaling()
    {
        var trace = ScalingSimulation.Run(
            pool =>
            {
                (pool.Min, pool.Max, pool.Concurrency) = (1, 50, 4);
                pool.Policies.Add(Scale.Latency(within: TimeSpan.FromSeconds(5)));
            },
            Arrivals.Poisson(perSecond: 20).For(TimeSpan.FromMinutes(10)).Then(Arrivals.Burst(1000)),
            ServiceTime.Exponential(TimeSpan.FromMilliseconds(200)));

        Console.WriteLine($"95 % waited {trace.P95Wait} at most, {trace.MaxWorkers} workers, {trace.WorkerTime} paid, {trace.LateShare:P1} late");
    }

    public static async Task OneHandlerAsync(NaqHarness naq)
    {
        var context = new JobContext { Id = JobId.New(naq.Time), Type = "billing.reconcile", Queue = "default", Attempt = 4 };

        var outcome = await naq.RunHandlerAsync(new Reconcile(42), context);

        Console.WriteLine(outcome == JobOutcome.Discard("account 42 does not add up"));
    }
}

public sealed class FakeBlobs : IBlobs
{
    public Task<byte[]> ReadAsync(string path, CancellationToken ct) => Task.FromResult<byte[]>([1, 2, 3]);
}
