using System.Globalization;
using System.Text.Json.Serialization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Naq.Brokers;

namespace Naq.Tests.Workers;

/// <summary>Runs alone: the runtime counts the bytes of the whole process.</summary>
[CollectionDefinition(nameof(AllocationTests), DisableParallelization = true)]
public sealed class AllocationCollection;

/// <summary>What a job that does nothing costs from its enqueue to its settlement, on the broker that costs least itself.</summary>
[Collection(nameof(AllocationTests))]
public sealed class AllocationTests(ITestOutputHelper output)
{
    /// <summary>May only go down: whoever needs more bytes a job finds them elsewhere first.</summary>
    private const int MostBytes = 820;

    /// <summary>The same with a handler that is a class, made for each job in a scope of its own. May only go down.</summary>
    private const int MostBytesWithScope = 970;

    private const int Jobs = 50_000;
    private const int Rounds = 3;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_job_that_does_nothing_allocates_little() =>
        await AssertAsync(static naq => naq.AddHandler<Nothing>(static (_, _, _, _) => new(JobOutcome.Done)), MostBytes);

    [Fact]
    public async Task A_handler_of_a_class_costs_its_scope() =>
        await AssertAsync(static naq => naq.AddHandler<Nothing, NothingHandler>(), MostBytesWithScope);

    /// <summary>The least of some rounds counts: what the runtime itself does beside comes on top.</summary>
    private async Task AssertAsync(Action<NaqBuilder> addHandler, int most)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        var naq = builder.AddNaq().AddWorker(["default"], static options => options.Concurrency = 4);
        addHandler(naq);
        await using var broker = MemoryBroker.Open();
        builder.Services.AddSingleton(new BrokerSource("memory", (_, _) => new(broker)));
        using var host = builder.Build();
        await host.StartAsync(Ct);
        var jobs = host.Services.GetRequiredService<IJobClient>();
        _ = await RunAsync(jobs, broker.Jobs, 2 * Jobs);

        var least = double.MaxValue;
        for (var round = 0; round < Rounds; round++)
        {
            var (bytes, perSecond) = await RunAsync(jobs, broker.Jobs, Jobs);
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{bytes:0} bytes a job, {perSecond:0} jobs/s"));
            least = Math.Min(least, bytes);
        }

        await host.StopAsync(Ct);
        Assert.True(least <= most, $"{least} bytes a job, at most {most} are allowed.");
    }

    private static async Task<(double Bytes, double PerSecond)> RunAsync(IJobClient jobs, IJobStore store, int count)
    {
        var (work, clock) = (Enumerable.Repeat(new Nothing(), count), TimeProvider.System);
        var (before, start) = (GC.GetTotalAllocatedBytes(precise: true), clock.GetTimestamp());
        _ = await jobs.EnqueueManyAsync(work, ct: Ct);
        for (long seen = 0; (await store.CountsAsync(null, Ct))[0].Load > 0;)
        {
            seen = await store.WaitForChangeAsync(seen, Ct);
        }

        return ((GC.GetTotalAllocatedBytes(precise: true) - before) / (double)count, count / clock.GetElapsedTime(start).TotalSeconds);
    }
}

public sealed record Nothing : IJob<Nothing>
{
    public static JobType<Nothing> JobType { get; } = new("test.nothing", NothingJson.Default.Nothing, new());
}

public sealed class NothingHandler : IJobHandler<Nothing>
{
    public ValueTask<JobOutcome> HandleAsync(Nothing job, JobContext context, CancellationToken ct) => new(JobOutcome.Done);
}

[JsonSerializable(typeof(Nothing))]
internal sealed partial class NothingJson : JsonSerializerContext;
