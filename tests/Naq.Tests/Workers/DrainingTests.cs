using System.Text.Json.Serialization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Naq.Brokers;
using Naq.Workers;

namespace Naq.Tests.Workers;

public sealed class DrainingTests
{
    private const int Slots = 64;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>Every slot ends by itself in the moment in which it is handed back: whoever of the two is first, the end must be written.</summary>
    [Fact]
    public async Task Nothing_is_left_in_flight_when_all_slots_end_while_they_are_handed_back()
    {
        await using var broker = MemoryBroker.Open(new() { LeaseDuration = TimeSpan.FromMinutes(1) }, TimeProvider.System);
        var client = new JobClient(broker, TimeProvider.System);
        _ = await client.EnqueueRawAsync([.. Enumerable.Range(0, Slots).Select(static _ => new RawJob("test.linger", "{}"u8.ToArray(), new()))], Ct);
        for (var round = 0; round < 50; round++)
        {
            using var begun = new CountdownEvent(Slots);
            using var worker = Worker(broker, begun);
            var run = worker.RunAsync();
            Assert.True(begun.Wait(TimeSpan.FromSeconds(30), Ct));

            worker.HandBackNow();

            Assert.Equal(WorkerExit.HandedBack, await run);
            var counts = (await broker.Jobs.CountsAsync(["default"], Ct))[0];
            Assert.Equal((0, Slots), (counts.InFlight, counts.Ready));
        }
    }

    private static Worker Worker(Broker broker, CountdownEvent begun)
    {
        var services = new ServiceCollection().AddSingleton(begun).BuildServiceProvider();
        var options = new WorkerOptions { Concurrency = Slots };
        return new(broker, new([new HandlerEntry<Linger, Lingerer>()]), [new("default")], options, services, TimeProvider.System, new Random(1), NullLoggerFactory.Instance);
    }
}

public sealed record Linger : IJob<Linger>
{
    public static JobType<Linger> JobType { get; } = new("test.linger", LingerJson.Default.Linger, new());
}

[JsonSerializable(typeof(Linger))]
internal sealed partial class LingerJson : JsonSerializerContext;

/// <summary>Runs until it is cancelled.</summary>
public sealed class Lingerer(CountdownEvent begun) : IJobHandler<Linger>
{
    public async ValueTask<JobOutcome> HandleAsync(Linger job, JobContext context, CancellationToken ct)
    {
        _ = begun.Signal();
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, ct);
        return JobOutcome.Done;
    }
}
