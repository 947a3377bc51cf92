using System.Text.Json.Serialization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Naq.Workers;

namespace Naq.Sqlite.Tests;

public sealed record Tick(int N) : IJob<Tick>
{
    public static JobType<Tick> JobType { get; } = new("test.tick", TickJson.Default.Tick, new());
}

[JsonSerializable(typeof(Tick))]
internal sealed partial class TickJson : JsonSerializerContext;

public sealed class Ticker : IJobHandler<Tick>
{
    internal static int Seen;
    public ValueTask<JobOutcome> HandleAsync(Tick job, JobContext context, CancellationToken ct)
    {
        _ = Interlocked.Increment(ref Seen);
        return new(JobOutcome.Done);
    }
}

public sealed class WorkerSmoke
{
    [Fact]
    public async Task Drains_a_backlog()
    {
        var ct = TestContext.Current.CancellationToken;
        var path = Path.Combine(Directory.CreateTempSubdirectory("naq").FullName, "t.db");
        await using var broker = await SqliteBroker.OpenAsync(new() { Path = path, Durability = Durability.Normal }, TimeProvider.System, NullLoggerFactory.Instance, ct);
        var client = new JobClient(broker, TimeProvider.System);
        var time = TimeProvider.System;
        var t0 = time.GetTimestamp();
        await client.EnqueueManyAsync(Enumerable.Range(0, 50000).Select(i => new Tick(i)), ct: ct);
        var t1 = time.GetTimestamp();
        TestContext.Current.SendDiagnosticMessage($"bulk {50000 / time.GetElapsedTime(t0, t1).TotalSeconds:0}/s");
        var services = new ServiceCollection().BuildServiceProvider();
        using var worker = new Worker(broker, new HandlerTable([new HandlerEntry<Tick, Ticker>()]), [new("default")], new() { Concurrency = 16 }, services, time, new Random(1), NullLoggerFactory.Instance);
        var run = worker.RunAsync();
        while (Volatile.Read(ref Ticker.Seen) < 50000) { await Task.Delay(TimeSpan.FromMilliseconds(5), time, ct); }
        var t2 = time.GetTimestamp();
        TestContext.Current.SendDiagnosticMessage($"drain {50000 / time.GetElapsedTime(t1, t2).TotalSeconds:0}/s");
        worker.Drain();
        Assert.Equal(WorkerExit.Drained, await run);
        var counts = (await broker.Jobs.CountsAsync(null, ct))[0];
        Assert.Equal(0, counts.Load);
        Assert.Equal(50000, counts.CompletedTotal);
    }
}
