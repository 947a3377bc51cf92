using Microsoft.Extensions.Hosting;
using Naq.Brokers;
using Naq.Conformance.Scaling;
using Naq.Scaling.Limiters;
using Naq.Scaling.Policies;
using Naq.Scaling.Provisioners;
using Snippets;

namespace Naq.System.Tests;

// The extensions that docs/extending.md shows keep what every extension must.
public sealed class AgePolicyTests : PolicyConformance
{
    protected override IScalingPolicy Make() => new AgePolicy(SecondsPerWorker: 30);

    [Fact]
    public void A_pool_follows_the_oldest_job()
    {
        var trace = ScalingSimulation.Run(
            static pool =>
            {
                (pool.Min, pool.Concurrency) = (1, 1);
                pool.Policies.Add(Scale.Policy(new AgePolicy(SecondsPerWorker: 10)));
            },
            Arrivals.Burst(60).Then(Arrivals.None.For(TimeSpan.FromMinutes(5))), Naq.Testing.ServiceTime.Fixed(TimeSpan.FromSeconds(2)));

        Assert.InRange(trace.MaxWorkers, 2, 10);
        Assert.StartsWith("age", trace.Steps[0].Reason, StringComparison.Ordinal);
    }
}

public sealed class FreezeLimiterTests : LimiterConformance
{
    protected override ILimiter Make() => new FreezeLimiter(FromHour: 0, ToHour: 12);
}

public sealed class InProcessProvisionerTests : ProvisionerConformance
{
    protected override IProvisioner Provisioner { get; } = new InProcessProvisioner(static (pool, replica) =>
    {
        var worker = Host.CreateEmptyApplicationBuilder(new());
        worker.AddNaq().AddWorker(pool.Queues, options => (options.Pool, options.Replica) = (pool.Name, replica));
        worker.Services.AddSingleton(new BrokerSource("memory", static (services, _) => new(MemoryBroker.Open(new(), services.GetRequiredService<TimeProvider>()))));
        return worker.Build();
    });
}
